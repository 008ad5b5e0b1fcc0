"""Stage 9: style LoRAs for the UNet, each from another vendor's drawings of the same concepts.

The style's own word stays out of the captions: the LoRA itself is the style. Written as diffusers and PEFT read it.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from torch import nn

from training import adapters, captions, config, data, encode, loop, networks, workers

TARGETS = ["to_q", "to_k", "to_v", "to_out.0"]


class LoraTraining(loop.Trainee):
    """Low-rank matrices on the attention projections; everything else is frozen."""

    def __init__(self, cfg: config.Config, name: str, folder: Path, device: torch.device) -> None:
        if name not in cfg.lora.styles:
            raise ValueError(f"no LoRA is called {name!r} in lora.styles; there are {', '.join(cfg.lora.styles)}")
        style = cfg.lora.styles[name]
        self.cfg, self.mix, self.device = cfg.lora, cfg.captions, device
        self.samples_per_step = cfg.lora.batch
        self.base = adapters.FrozenBase(folder, cfg.unet.noise_power, device)
        records, pictures = data.load(cfg.work_dir)
        wanted = [i for i, r in enumerate(records) if r.style == style]
        if not wanted:
            raise ValueError(f"the style {style!r} has no pictures; styles: {sorted({r.style for r in records})}")
        self.records = [records[i] for i in wanted]
        self.latents = encode.encode(self.base.pipeline.vae, pictures[wanted], device).to(device)
        torch.manual_seed(cfg.seed)
        unet = self.base.pipeline.unet
        unet.add_adapter(LoraConfig(r=cfg.lora.rank, lora_alpha=cfg.lora.rank, target_modules=TARGETS))
        networks.prepare(unet, device)
        self.parameters: list[nn.Parameter] = [p for p in unet.parameters() if p.requires_grad]
        self.model: nn.Module = nn.ParameterList(self.parameters)
        self.optimizer = torch.optim.AdamW(self.parameters, betas=(0.9, 0.99), weight_decay=1e-3)
        self.average = None

    def step(self, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One step on a batch of the style's drawings."""
        picked = rng.choice(len(self.records), self.samples_per_step)
        texts = [captions.name_only(self.records[i], rng, self.mix) for i in picked]
        texts = ["" if rng.random() < 0.1 else text for text in texts]
        t, noisy, v = self.base.noised(self.latents[picked])
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            predicted = self.base.pipeline.unet(noisy, t, self.base.context(texts)).sample
        loss = (predicted.float() - v).square().mean()
        rate = self.cfg.learning_rate * loop.cosine(progress)
        return {"loss": adapters.descend(self.optimizer, loss, self.parameters, rate)}

    def save(self, path: Path) -> None:
        """Write the matrices in fp16, with the keys of diffusers and PEFT."""
        layers: dict[str, Any] = get_peft_model_state_dict(self.base.pipeline.unet)
        halves = {key: value.half() for key, value in layers.items()}
        StableDiffusionPipeline.save_lora_weights(path.parent, unet_lora_layers=halves, weight_name=path.name)


def main() -> None:
    """Train one LoRA on the packaged base, then write `<work_dir>/lora/<name>.safetensors`."""
    parser = loop.arguments(__doc__)
    adapters.add_model_argument(parser)
    parser.add_argument("name", help="one of the configuration's lora.styles")
    args = parser.parse_args()
    if loop.start_workers(args):
        return
    cfg, device = config.load(args.config), workers.pick_device(args.device)
    worker = workers.join(device)
    trainee = LoraTraining(cfg, args.name, args.model, device)
    folder = cfg.work_dir / "lora"
    plan = loop.Plan(
        f"lora {args.name}",
        folder / args.name,
        args.samples or cfg.lora.samples,
        cfg.seed,
        cfg.checkpoint_s,
        cfg.report_s,
        finish_s=args.finish_s,
    )
    run = loop.Run(plan, trainee, worker)
    run.go()
    if worker.is_first and not run.asked_to_stop:
        trainee.save(folder / f"{args.name}.safetensors")


if __name__ == "__main__":
    main()
