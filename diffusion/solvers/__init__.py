"""Solvers of the diffusion equation as tables of coefficients: one file per algorithm.

`registry.build_table` makes the table of a request, `update.apply_rows` applies a step of it to each row of a batch,
`catalogue` has the names, `noise_schedule` what is read from a checkpoint, `schedules` the grids of noise levels.

Every table equals diffusers' scheduler of the same name, with these exceptions, all tested:

- "trailing" spacing has the number of steps asked for; diffusers has one more for some numbers (61, 103, 121, 122 …).
- Image-to-image with LMS and PLMS begins the method anew at the first step that is run; diffusers does not (lms, pndm).
- DPM++ SDE takes independent draws of noise instead of a Brownian path (dpmpp_sde).
- Known latents half-way through a step of DPM2 are noised for the point where the latents are, not for the step's end.
- DPM++ 2S a and, off eta 1, the other ancestral and stochastic solvers follow k-diffusion; diffusers has none of these.
- Zero terminal SNR works for every solver; diffusers' Heun, DPM2, LMS, DEIS and PNDM do not know of it.
- Two equal first timesteps are two steps; diffusers, where its pipeline sets no begin index, starts at the second one.
"""
