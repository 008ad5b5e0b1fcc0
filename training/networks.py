"""The four networks' architectures (Stable Diffusion in small) and what makes them fast on a CPU."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the field's name for it
from diffusers import AutoencoderKL, ControlNetModel, DDIMScheduler, DDPMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

TEXT_WIDTH = 192
UNET_CHANNELS = (96, 160, 224)
NOISE: dict[str, Any] = {
    # 0.020 instead of SD's 0.012: the last step is almost pure noise (sigma 64), so the white background cannot leak.
    "beta_start": 0.00085,
    "beta_end": 0.020,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "clip_sample": False,
}


class Float32GroupNorm(nn.GroupNorm):
    """GroupNorm computed in float32: its bfloat16 backward pass is 4 to 5 times slower on a CPU."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise [N, C, ...] and return it in the input's type."""
        return F.group_norm(input.float(), self.num_groups, self.weight, self.bias, self.eps).to(input.dtype)


def make_autoencoder(px: int) -> AutoencoderKL:
    """AutoencoderKL with two halvings (f4) and 4 latent channels, 1.4 M parameters."""
    channels = (16, 48, 96)
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=channels,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=px,
        mid_block_add_attention=False,
        scaling_factor=1.0,
    )


def make_unet() -> UNet2DConditionModel:
    """UNet2DConditionModel on 16x16 latents, cross-attention at 8x8 and 4x4, 16 M parameters."""
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=UNET_CHANNELS,
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=tuple(c // 32 for c in UNET_CHANNELS),
        transformer_layers_per_block=1,
        use_linear_projection=True,
    )


def make_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """CLIPTextModel, 4 layers of width 192, 2.6 M parameters; the position table has CLIP's 77 entries."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=4 * TEXT_WIDTH,
            num_hidden_layers=4,
            num_attention_heads=6,
            max_position_embeddings=77,
            hidden_act="quick_gelu",
            projection_dim=TEXT_WIDTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id,
        )
    )


def make_controlnet() -> ControlNetModel:
    """ControlNet whose residuals fit the UNet's, 4.4 M parameters: of the UNet's attention only that at 4x4 stays."""
    return ControlNetModel(
        block_out_channels=UNET_CHANNELS,
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2D",
        attention_head_dim=tuple(c // 32 for c in UNET_CHANNELS),
        use_linear_projection=True,
        # one entry per level of the autoencoder, so that the picture shrinks to the latents' size
        conditioning_embedding_out_channels=(16, 32, 64),
    )


def training_noise() -> DDPMScheduler:
    """The forward process: `add_noise` and `get_velocity` over 1000 steps."""
    return DDPMScheduler(**NOISE)


def sampling_noise() -> DDIMScheduler:
    """The scheduler that ships: DDIM with trailing spacing."""
    return DDIMScheduler(**NOISE, set_alpha_to_one=False, steps_offset=1, timestep_spacing="trailing")


def prepare(model: nn.Module, device: torch.device) -> nn.Module:
    """Move to the device and choose memory layout and kernels that train fast there."""
    model.to(device)
    for p in model.parameters():
        if p.dim() == 4:
            p.data = p.data.contiguous(memory_format=torch.channels_last)
    if device.type == "cpu":
        for module in model.modules():
            if type(module) is nn.GroupNorm:
                module.__class__ = Float32GroupNorm
        if isinstance(model, UNet2DConditionModel | ControlNetModel):
            model.set_attn_processor(AttnProcessor())  # the fused kernel's backward pass is slow on a CPU
    return model
