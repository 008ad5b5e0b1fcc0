"""Bodies as the clients send them, to the letter."""

from __future__ import annotations

SILLY_TAVERN = {
    "url": "http://host:8080",
    "auth": "user:av_secret-of-the-client",
    "prompt": "a red apple",
    "negative_prompt": "blurry",
    "sampler_name": "DPM++ 2M Karras",
    "scheduler": "karras",
    "steps": 20,
    "cfg_scale": 7,
    "width": 512,
    "height": 512,
    "restore_faces": False,
    "enable_hr": False,
    "hr_upscaler": "Latent",
    "hr_scale": 2,
    "denoising_strength": 0.7,
    "hr_second_pass_steps": 0,
    "override_settings": {"CLIP_stop_at_last_layers": 1},
    "override_settings_restore_afterwards": True,
    "clip_skip": 1,
    "save_images": True,
    "send_images": True,
    "do_not_save_grid": False,
    "do_not_save_samples": False,
}
OPEN_WEBUI = {"prompt": "a red apple", "batch_size": 2, "width": 128, "height": 128, "steps": 4, "negative_prompt": ""}
LIBRE_CHAT = {
    "prompt": "a red apple",
    "negative_prompt": "blurry",
    "cfg_scale": 4.5,
    "steps": 6,
    "width": 128,
    "height": 128,
}
