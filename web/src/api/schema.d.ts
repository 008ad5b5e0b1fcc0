// Made by scripts/schema.mjs from openapi.json; not to be edited.

export interface paths {
    "/controlnet/control_types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Control Types
         * @description Which preprocessor makes the maps of which ControlNet.
         */
        get: operations["control_types_controlnet_control_types_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/controlnet/detect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Detect
         * @description The maps of some pictures, made at the resolution that is asked for.
         */
        post: operations["detect_controlnet_detect_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/controlnet/model_list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Model List
         * @description The ControlNets of the model that the calling key has chosen.
         */
        get: operations["model_list_controlnet_model_list_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/controlnet/module_list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Module List
         * @description The preprocessors that can run here.
         */
        get: operations["module_list_controlnet_module_list_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/controlnet/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Settings
         * @description How many units a request may have.
         */
        get: operations["settings_controlnet_settings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/controlnet/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Version
         * @description That units are taken as objects.
         */
        get: operations["version_controlnet_version_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/files/{image_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get File
         * @description A picture's bytes, or a part of them.
         */
        get: operations["get_file_files__image_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/files/{image_id}/thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Thumbnail
         * @description A small WebP of the picture.
         */
        get: operations["get_thumbnail_files__image_id__thumbnail_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health
         * @description Whether the process answers at all.
         */
        get: operations["health_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/internal/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Task Progress
         * @description The same for one task that the caller has named with `force_task_id`.
         */
        post: operations["task_progress_internal_progress_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description Prometheus' text format.
         */
        get: operations["metrics_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readyz
         * @description Whether a real inference through every network succeeded within the last second.
         */
        get: operations["readyz_readyz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/cmd-flags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Cmd Flags
         * @description There is no command line to tell of.
         */
        get: operations["cmd_flags_sdapi_v1_cmd_flags_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Embeddings
         * @description The installed embeddings: those that fit the caller's model, and the others.
         */
        get: operations["embeddings_sdapi_v1_embeddings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/extensions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Nothing
         * @description Lists that are empty here.
         */
        get: operations["nothing_sdapi_v1_extensions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/face-restorers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Nothing
         * @description Lists that are empty here.
         */
        get: operations["nothing_sdapi_v1_face_restorers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/hypernetworks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Nothing
         * @description Lists that are empty here.
         */
        get: operations["nothing_sdapi_v1_hypernetworks_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/img2img": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Img2Img
         * @description Make pictures that start from one. A caller who disconnects cancels the job.
         */
        post: operations["img2img_sdapi_v1_img2img_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/interrupt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Interrupt
         * @description End the caller's own job at its next step; its request is answered with the pictures that were done.
         */
        post: operations["interrupt_sdapi_v1_interrupt_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/latent-upscale-modes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Latent Upscale Modes
         * @description The ones among them that work on latents.
         */
        get: operations["latent_upscale_modes_sdapi_v1_latent_upscale_modes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/loras": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Loras
         * @description The installed LoRA files that can be used.
         */
        get: operations["loras_sdapi_v1_loras_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/memory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Memory
         * @description Administrators find it in the metrics.
         */
        get: operations["memory_sdapi_v1_memory_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Options
         * @description The caller's own options; the model is one of the titles of `sd-models`.
         */
        get: operations["get_options_sdapi_v1_options_get"];
        put?: never;
        /**
         * Set Options
         * @description Change some of the caller's own options. Clients send the whole object back; what is unknown is ignored.
         */
        post: operations["set_options_sdapi_v1_options_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/png-info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Png Info
         * @description What a picture tells of how it was made, whoever made it.
         */
        post: operations["png_info_sdapi_v1_png_info_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Progress
         * @description How far the caller's own job is; idle when he has none, whatever others do.
         */
        get: operations["progress_sdapi_v1_progress_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/prompt-styles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prompt Styles
         * @description The installed styles.
         */
        get: operations["prompt_styles_sdapi_v1_prompt_styles_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/realesrgan-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Nothing
         * @description Lists that are empty here.
         */
        get: operations["nothing_sdapi_v1_realesrgan_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/refresh-checkpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh
         * @description Nothing to do: the lists are always fresh.
         */
        post: operations["refresh_sdapi_v1_refresh_checkpoints_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/refresh-embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh
         * @description Nothing to do: the lists are always fresh.
         */
        post: operations["refresh_sdapi_v1_refresh_embeddings_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/refresh-loras": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh
         * @description Nothing to do: the lists are always fresh.
         */
        post: operations["refresh_sdapi_v1_refresh_loras_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/refresh-vae": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh
         * @description Nothing to do: the lists are always fresh.
         */
        post: operations["refresh_sdapi_v1_refresh_vae_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/samplers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Samplers
         * @description The solvers.
         */
        get: operations["samplers_sdapi_v1_samplers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/schedulers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Schedulers
         * @description The schedules.
         */
        get: operations["schedulers_sdapi_v1_schedulers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/script-info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Script Info
         * @description The same, for either kind of generation; clients look here whether there are ControlNets.
         */
        get: operations["script_info_sdapi_v1_script_info_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/scripts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Scripts
         * @description The one that does something here: ControlNet's units.
         */
        get: operations["scripts_sdapi_v1_scripts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/sd-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sd Models
         * @description The installed pipelines.
         */
        get: operations["sd_models_sdapi_v1_sd_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/sd-vae": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Nothing
         * @description Lists that are empty here.
         */
        get: operations["nothing_sdapi_v1_sd_vae_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/skip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Interrupt
         * @description End the caller's own job at its next step; its request is answered with the pictures that were done.
         */
        post: operations["interrupt_sdapi_v1_skip_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/txt2img": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Txt2Img
         * @description Make pictures of a prompt. A caller who disconnects cancels the job.
         */
        post: operations["txt2img_sdapi_v1_txt2img_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/upscalers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Upscalers
         * @description What may be named as `hr_upscaler`.
         */
        get: operations["upscalers_sdapi_v1_upscalers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/announcement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Announce
         * @description Tell everybody something; it replaces what was told before.
         */
        put: operations["announce_v1_admin_announcement_put"];
        post?: never;
        /**
         * Withdraw
         * @description Take it back.
         */
        delete: operations["withdraw_v1_admin_announcement_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/drains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Drains
         * @description The models that are being drained.
         */
        get: operations["drains_v1_admin_drains_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/drains/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Drain
         * @description Start no more jobs of a model; those that wait go on waiting.
         */
        put: operations["drain_v1_admin_drains__model__put"];
        post?: never;
        /**
         * Undrain
         * @description Let its jobs start again.
         */
        delete: operations["undrain_v1_admin_drains__model__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures
         * @description Images made and their mean time within the last hours; slots used and GPU use now.
         */
        get: operations["figures_v1_admin_figures_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/figures/{by}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures By
         * @description The same for each user, key or model, most images first.
         */
        get: operations["figures_by_v1_admin_figures__by__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/installations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Installations
         * @description All of them, youngest first.
         */
        get: operations["list_installations_v1_admin_installations_get"];
        put?: never;
        /**
         * Install
         * @description Install a model, as work that outlives this process. It is looked at again first, and must fit.
         */
        post: operations["install_v1_admin_installations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/installations/{installation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Installation
         * @description One of them.
         */
        get: operations["get_installation_v1_admin_installations__installation_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/installations/{installation_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel
         * @description Give up, and remove what was downloaded.
         */
        post: operations["cancel_v1_admin_installations__installation_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/installations/{installation_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Installation Events
         * @description The installation whenever it has changed, until it ends; each event is named after its status.
         *
         *     After a lost connection `Last-Event-ID` (or `after`) goes on from there.
         */
        get: operations["installation_events_v1_admin_installations__installation_id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/installations/{installation_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause
         * @description Stop for now; what was downloaded and exported is kept.
         */
        post: operations["pause_v1_admin_installations__installation_id__pause_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/installations/{installation_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume
         * @description Go on with a paused one, or try a failed one again.
         */
        post: operations["resume_v1_admin_installations__installation_id__resume_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/installations/previews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preview
         * @description What a source offers, before anything large is downloaded. The `source` of the answer names its revision.
         */
        post: operations["preview_v1_admin_installations_previews_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel
         * @description Withdraw anybody's job.
         */
        post: operations["cancel_v1_admin_jobs__job_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List All Keys
         * @description Everybody's keys and the installation's own, revoked ones too, oldest first; of one user if named.
         */
        get: operations["list_all_keys_v1_admin_keys_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke Any Key
         * @description End anybody's key at once.
         */
        delete: operations["revoke_any_key_v1_admin_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/model-files/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Files
         * @description Every LoRA or embedding, with its size and hash.
         */
        get: operations["list_files_v1_admin_model_files__kind__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/model-files/{kind}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete File
         * @description Take a LoRA or an embedding out of service.
         */
        delete: operations["delete_file_v1_admin_model_files__kind___name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/model-files/{kind}/{name}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore File
         * @description Put back what was deleted last under this name.
         */
        post: operations["restore_file_v1_admin_model_files__kind___name__restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Models
         * @description Every installed pipeline, by name: where it is from, what it needs, and whether it is loaded.
         */
        get: operations["list_models_v1_admin_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete
         * @description Take a pipeline out of service, unless jobs of it run or wait. With `purge` it cannot be taken back.
         */
        delete: operations["delete_v1_admin_models__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/controlnets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Controlnets
         * @description The ControlNets that a pipeline is served with.
         */
        get: operations["list_controlnets_v1_admin_models__name__controlnets_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/controlnets/{controlnet}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Controlnet
         * @description Take a ControlNet out of its pipeline, unless jobs of that run or wait.
         */
        delete: operations["delete_controlnet_v1_admin_models__name__controlnets__controlnet__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/controlnets/{controlnet}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore Controlnet
         * @description Put back what was deleted last under this name, unless jobs of its pipeline run or wait.
         */
        post: operations["restore_controlnet_v1_admin_models__name__controlnets__controlnet__restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Load
         * @description Load a pipeline on every server, as soon as there is a place; the least recently used one goes for it.
         */
        post: operations["load_v1_admin_models__name__load_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore
         * @description Put the pipeline back that was deleted last under this name.
         */
        post: operations["restore_v1_admin_models__name__restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/unload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unload
         * @description Unload a pipeline on every server, unless running jobs use it; the next job that asks for it loads it again.
         */
        post: operations["unload_v1_admin_models__name__unload_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Deleted
         * @description Pipelines that can be taken back, youngest first.
         */
        get: operations["list_deleted_v1_admin_models_deleted_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Queue
         * @description Everybody's jobs; those that wait or run where no status is named.
         */
        get: operations["queue_v1_admin_queue_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/queue/paused": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Pause
         * @description Stop or let go on the starting of jobs; what runs runs on.
         */
        put: operations["pause_v1_admin_queue_paused_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Settings
         * @description Every setting with its source. They are changed in the environment, and count from the next start.
         */
        get: operations["settings_v1_admin_settings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Usage
         * @description Day by day, of all or by user, key or model.
         */
        get: operations["usage_v1_admin_usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/albums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Albums
         * @description The caller's albums.
         */
        get: operations["list_albums_v1_albums_get"];
        put?: never;
        /**
         * Add Album
         * @description A new album; its pictures are found with `album:NAME`.
         */
        post: operations["add_album_v1_albums_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/albums/{album_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Album
         * @description Remove an album; its pictures stay.
         */
        delete: operations["delete_album_v1_albums__album_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change Album
         * @description Put pictures in, or take some out.
         */
        patch: operations["change_album_v1_albums__album_id__patch"];
        trace?: never;
    };
    "/v1/announcement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Announcement
         * @description What everybody is to read, or null.
         */
        get: operations["announcement_v1_announcement_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Acts
         * @description Acts, youngest first. `action=key` finds every act on keys, `action=key.create` that one.
         */
        get: operations["list_acts_v1_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Acts
         * @description All of them, oldest first, one JSON object a line. The export is itself an act.
         */
        get: operations["export_acts_v1_audit_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Me
         * @description The caller.
         */
        get: operations["me_v1_auth_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change Me
         * @description Change one's name or time zone.
         */
        patch: operations["change_me_v1_auth_me_patch"];
        trace?: never;
    };
    "/v1/auth/me/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Erase Me
         * @description Erase the caller and everything that is kept of him. There is no way back; a key cannot do it.
         */
        post: operations["erase_me_v1_auth_me_erase_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Me
         * @description Everything that is kept of the caller, as a zip: the rows as JSON, and his pictures.
         */
        get: operations["export_me_v1_auth_me_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Methods
         * @description How one gets in here; for everybody.
         */
        get: operations["methods_v1_auth_methods_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Callback
         * @description The browser comes back: open a session, put it into cookies, and go on to the page.
         */
        get: operations["callback_v1_auth_oidc_callback_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/oidc/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign Out
         * @description End this session, and say where the provider's own is ended.
         */
        post: operations["sign_out_v1_auth_oidc_sign_out_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/oidc/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Start
         * @description Send the browser to the provider. `back_to` is the page's own path to come back to.
         */
        get: operations["start_v1_auth_oidc_start_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change Password
         * @description Set another password, and sign out everywhere else.
         */
        post: operations["change_password_v1_auth_password_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Providers
         * @description The ways to sign in beside a password; for everybody.
         */
        get: operations["providers_v1_auth_providers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh
         * @description New tokens for a refresh token, from the body or from the cookie.
         */
        post: operations["refresh_v1_auth_refresh_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register
         * @description Make an account, where the installation allows it or with an invitation.
         */
        post: operations["register_v1_auth_register_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reset Password
         * @description Set another password with a token that an administrator made.
         */
        post: operations["reset_password_v1_auth_reset_password_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Sessions
         * @description Where the caller is signed in.
         */
        get: operations["list_sessions_v1_auth_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End Session
         * @description End one of the caller's sessions.
         */
        delete: operations["end_session_v1_auth_sessions__session_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set Up
         * @description Make the first administrator, with the token that the first start showed.
         */
        post: operations["set_up_v1_auth_setup_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign In
         * @description Open a session.
         */
        post: operations["sign_in_v1_auth_sign_in_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign Out
         * @description End this session.
         */
        post: operations["sign_out_v1_auth_sign_out_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/sign-out-everywhere": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign Out Everywhere
         * @description End all sessions of the caller, this one too.
         */
        post: operations["sign_out_everywhere_v1_auth_sign_out_everywhere_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/controls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Controls
         * @description Every ControlNet of every model, and the preprocessors.
         */
        get: operations["list_controls_v1_controls_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/controls/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preview Control
         * @description The map of a picture, as a PNG of its size, or of the given one.
         */
        post: operations["preview_control_v1_controls_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search
         * @description The caller's pictures, youngest first; `query` narrows them (`model:x steps:>20 "red apple" is:favourite`).
         */
        get: operations["search_v1_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/history/{image_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Picture
         * @description One picture.
         */
        get: operations["get_picture_v1_history__image_id__get"];
        put?: never;
        post?: never;
        /**
         * Trash Picture
         * @description Throw it away; it can be taken back for a while.
         */
        delete: operations["trash_picture_v1_history__image_id__delete"];
        options?: never;
        head?: never;
        /**
         * Mark Picture
         * @description Make it a favourite, rate it, or replace its tags.
         */
        patch: operations["mark_picture_v1_history__image_id__patch"];
        trace?: never;
    };
    "/v1/history/{image_id}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Copy Picture
         * @description The picture as a file of another format, with or without its recipe. The marks of what made it stay in it.
         */
        get: operations["copy_picture_v1_history__image_id__copy_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/history/empty-trash": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Empty Trash
         * @description Remove for good what was thrown away.
         */
        post: operations["empty_trash_v1_history_empty_trash_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/history/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore Pictures
         * @description Take some back.
         */
        post: operations["restore_pictures_v1_history_restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/history/trash": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Trash Pictures
         * @description Throw some away.
         */
        post: operations["trash_pictures_v1_history_trash_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/history/zip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Download
         * @description Some pictures with their recipes as one zip, streamed.
         */
        post: operations["download_v1_history_zip_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Edit
         * @description Make pictures of a prompt from a picture: where its mask is transparent, or of all of it.
         */
        post: operations["edit_v1_images_edits_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Generate
         * @description Make pictures of a prompt. A caller who disconnects cancels the job, unless he sent `store: true`.
         */
        post: operations["generate_v1_images_generations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/variations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Vary
         * @description Make pictures like a picture, without a prompt.
         */
        post: operations["vary_v1_images_variations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Invitations
         * @description Invitations that nobody has accepted yet, youngest first.
         */
        get: operations["list_invitations_v1_invitations_get"];
        put?: never;
        /**
         * Invite
         * @description A token with which one person makes an account; it works once, for a week.
         */
        post: operations["invite_v1_invitations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/{invitation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw Invitation
         * @description Make an invitation worthless.
         */
        delete: operations["withdraw_invitation_v1_invitations__invitation_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Jobs
         * @description The caller's jobs, youngest first.
         */
        get: operations["list_jobs_v1_jobs_get"];
        put?: never;
        /**
         * Create Job
         * @description Accept a job. It is stored before this answers, and it runs on whatever becomes of the caller.
         */
        post: operations["create_job_v1_jobs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Job
         * @description One job.
         */
        get: operations["get_job_v1_jobs__job_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Job
         * @description Remove an ended job and its pictures.
         */
        delete: operations["delete_job_v1_jobs__job_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Job
         * @description Withdraw a job: at once while it waits, at the next step while it runs.
         */
        post: operations["cancel_job_v1_jobs__job_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Job Events
         * @description What happens to a job, until it ends. After a lost connection `Last-Event-ID` (or `after`) goes on from there.
         */
        get: operations["job_events_v1_jobs__job_id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/inputs/{field}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Input
         * @description A picture that went into a job, as it was used: a control's is the map that was made of what was sent.
         */
        get: operations["get_input_v1_jobs__job_id__inputs__field__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Job
         * @description A new job with the same input.
         */
        post: operations["retry_job_v1_jobs__job_id__retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Keys
         * @description The caller's keys, revoked ones too.
         */
        get: operations["list_keys_v1_keys_get"];
        put?: never;
        /**
         * Create Key
         * @description A new key. A key can make no key that may do more than itself.
         */
        post: operations["create_key_v1_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke Key
         * @description End a key at once.
         */
        delete: operations["revoke_key_v1_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate Key
         * @description Replace a key: the same name and bounds, another secret; the old one ends at once.
         */
        post: operations["rotate_key_v1_keys__key_id__rotate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loras": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Loras
         * @description Every LoRA, with the words that call its effect up; one that cannot be used says why.
         */
        get: operations["list_loras_v1_loras_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Models
         * @description The installed pipelines.
         */
        get: operations["list_models_v1_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Model
         * @description One pipeline, by name or alias.
         */
        get: operations["get_model_v1_models__model_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Embeddings
         * @description Names of embeddings (textual inversion): words that a prompt may use.
         */
        get: operations["list_embeddings_v1_prompts_embeddings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/expand": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Expand Prompts
         * @description The prompts that a job with this seed would have: in their styles, with the choices made.
         */
        post: operations["expand_prompts_v1_prompts_expand_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/styles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Styles
         * @description What can be put around a prompt; a job takes their names in `styles`.
         */
        get: operations["list_styles_v1_prompts_styles_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Suggest
         * @description English tags for the beginning of a word in Portuguese, French, German or English; LoRAs and their triggers.
         */
        get: operations["suggest_v1_prompts_suggestions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Templates
         * @description Prompts with places to fill in.
         */
        get: operations["list_templates_v1_prompts_templates_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/templates/{name}/fill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Fill Template
         * @description A template with its places filled.
         */
        post: operations["fill_template_v1_prompts_templates__name__fill_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count Tokens
         * @description How many tokens the prompts have, where chunks begin, and what will have no effect.
         */
        post: operations["count_tokens_v1_prompts_tokens_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/wildcards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Wildcards
         * @description What `__name__` can stand for.
         */
        get: operations["list_wildcards_v1_prompts_wildcards_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/provenance/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify
         * @description Which layers of marking a picture has, and the recipe it holds, whoever made it. Nothing is kept.
         */
        post: operations["verify_v1_provenance_verify_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * My Quota
         * @description What the caller may use, has used and has left, and when the day's begins anew.
         */
        get: operations["my_quota_v1_quota_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles/{role}/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Limits Of Role
         * @description What everybody of a role may use, where nothing else is set for him.
         */
        get: operations["limits_of_role_v1_roles__role__limits_get"];
        /**
         * Set Limits Of Role
         * @description Set that.
         */
        put: operations["set_limits_of_role_v1_roles__role__limits_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles/{role}/safety": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Policy Of Role
         * @description What happens to the prompts and pictures of everybody of a role.
         */
        get: operations["policy_of_role_v1_roles__role__safety_get"];
        /**
         * Set Policy Of Role
         * @description Set that, from the next request on.
         */
        put: operations["set_policy_of_role_v1_roles__role__safety_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/safety": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * My Safety
         * @description What happens to the caller's prompts and pictures.
         */
        get: operations["my_safety_v1_safety_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/safety/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Rules
         * @description Every rule about prompts, oldest first.
         */
        get: operations["list_rules_v1_safety_rules_get"];
        put?: never;
        /**
         * Add Rule
         * @description A new rule, from the next request on.
         */
        post: operations["add_rule_v1_safety_rules_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/safety/rules/{rule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Rule
         * @description Take a rule back.
         */
        delete: operations["remove_rule_v1_safety_rules__rule_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/safety/rules/match": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Match Rules
         * @description Which rule a prompt would match; nothing is made.
         */
        post: operations["match_rules_v1_safety_rules_match_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tags
         * @description The caller's tags, most used first.
         */
        get: operations["list_tags_v1_tags_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload
         * @description Keep a picture for a while. It counts among the caller's stored bytes until it expires.
         */
        post: operations["upload_v1_uploads_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Upload
         * @description The file of an upload, as it came.
         */
        get: operations["get_upload_v1_uploads__upload_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Upload
         * @description Remove an upload at once.
         */
        delete: operations["delete_upload_v1_uploads__upload_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/by-address": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload By Address
         * @description Fetch a picture from a public address and keep it for a while, as if it had been sent.
         */
        post: operations["upload_by_address_v1_uploads_by_address_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Users
         * @description Users, oldest first; only those of `id`, as often as it is given, of whom some may be gone.
         */
        get: operations["list_users_v1_users_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get User
         * @description One user.
         */
        get: operations["get_user_v1_users__user_id__get"];
        put?: never;
        post?: never;
        /**
         * Erase User
         * @description Erase a user and everything that is kept of him. There is no way back.
         */
        delete: operations["erase_user_v1_users__user_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change User
         * @description Change a user: his role, whether he may sign in (this also approves a registration), his name.
         */
        patch: operations["change_user_v1_users__user_id__patch"];
        trace?: never;
    };
    "/v1/users/{user_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export User
         * @description The same of any user.
         */
        get: operations["export_user_v1_users__user_id__export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{user_id}/quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Quota Of User
         * @description The same of one user.
         */
        get: operations["quota_of_user_v1_users__user_id__quota_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{user_id}/reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make Reset Token
         * @description A token with which the user sets a new password; it works once, for a day.
         */
        post: operations["make_reset_token_v1_users__user_id__reset_password_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Webhooks
         * @description The caller's webhooks, oldest first.
         */
        get: operations["list_webhooks_v1_webhooks_get"];
        put?: never;
        /**
         * Create Webhook
         * @description Have an address told of the caller's jobs from now on. The answer holds its secret, once.
         */
        post: operations["create_webhook_v1_webhooks_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Webhook
         * @description One webhook.
         */
        get: operations["get_webhook_v1_webhooks__webhook_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Webhook
         * @description Remove a webhook, its log, and what was not delivered yet.
         */
        delete: operations["delete_webhook_v1_webhooks__webhook_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change Webhook
         * @description Change a webhook, or enable it again.
         */
        patch: operations["change_webhook_v1_webhooks__webhook_id__patch"];
        trace?: never;
    };
    "/v1/webhooks/{webhook_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Deliveries
         * @description What was told to a webhook, youngest first.
         */
        get: operations["list_deliveries_v1_webhooks__webhook_id__deliveries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhook_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate Webhook
         * @description A new secret, told this once. Both sign for a while, so that no message is refused meanwhile.
         */
        post: operations["rotate_webhook_v1_webhooks__webhook_id__rotate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhook_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test Webhook
         * @description Send a test message, once; its delivery tells how that went.
         */
        post: operations["test_webhook_v1_webhooks__webhook_id__test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/default/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Default Secret
         * @description The secret for addresses that jobs bring themselves, under Replicate's path.
         */
        get: operations["get_default_secret_v1_webhooks_default_secret_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Delivery
         * @description One message, with what it says and how its attempts went.
         */
        get: operations["get_delivery_v1_webhooks_deliveries__delivery_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redeliver
         * @description Send an ended message again, under the same id.
         */
        post: operations["redeliver_v1_webhooks_deliveries__delivery_id__redeliver_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        A1111Error: {
            body: string;
            detail: string;
            error: string;
            errors: string;
        };
        /**
         * AcceleratorAnswer
         * @description GPU use; `kind` is `cpu` where there is none, `unknown` when Triton does not answer.
         */
        AcceleratorAnswer: {
            /** Count */
            count: number;
            /** Kind */
            kind: string;
            /** Memory Total */
            memory_total: number | null;
            /** Memory Used */
            memory_used: number | null;
            /** Utilisation */
            utilisation: number | null;
        };
        /**
         * Act
         * @description Who did what to what. `actor` is empty for somebody who had not said who he is.
         */
        Act: {
            /** Action */
            action: string;
            /** Actor */
            actor: string;
            /** Address */
            address: string | null;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Details */
            details: {
                [key: string]: unknown;
            };
            /** Id */
            id: string;
            /** Key Id */
            key_id: string | null;
            /** Outcome */
            outcome: string;
            /** Request Id */
            request_id: string | null;
            /** Target */
            target: string;
        };
        /**
         * ActList
         * @description A page of acts, youngest first.
         */
        ActList: {
            /** Next */
            next: string | null;
            /** Results */
            results: components["schemas"]["Act"][];
        };
        /**
         * AddressBody
         * @description Where a picture lies.
         */
        AddressBody: {
            /**
             * Address
             * @description a public http(s) address
             */
            address: string;
        };
        /**
         * AdminModel
         * @description An installed pipeline.
         *
         *     `hash` is of the weights, `key` of everything that determines its files. `memory_bytes` are the weights and graphs
         *     of the networks that are open as soon as it is loaded; `max_memory_bytes` those of every variant and ControlNet too.
         *     What a call needs while it runs comes on top.
         */
        AdminModel: {
            /** Capabilities */
            capabilities: components["schemas"]["Capability"][];
            /** Controlnets */
            controlnets: string[];
            /** Family */
            family: string;
            /** Hash */
            hash: string;
            /**
             * Installed At
             * Format: date-time
             */
            installed_at: string;
            /** Key */
            key: string | null;
            /** Last Used At */
            last_used_at: string | null;
            /** Licence */
            licence: string | null;
            /** Max Memory Bytes */
            max_memory_bytes: number;
            /** Memory Bytes */
            memory_bytes: number;
            /** Name */
            name: string;
            /** Origin */
            origin: {
                [key: string]: string;
            };
            /** Reason */
            reason: string | null;
            /** Servers */
            servers: components["schemas"]["ServerAnswer"][];
            /** Size Bytes */
            size_bytes: number;
            /** Source */
            source: string | null;
            state: components["schemas"]["ModelState"];
        };
        /**
         * Album
         * @description An album.
         */
        Album: {
            /** Count */
            count: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /**
         * AlbumBody
         * @description A new album.
         */
        AlbumBody: {
            /** Name */
            name: string;
        };
        /**
         * AlbumChange
         * @description What goes into an album and what comes out.
         */
        AlbumChange: {
            /**
             * Add
             * @default []
             */
            add: string[];
            /**
             * Remove
             * @default []
             */
            remove: string[];
        };
        /**
         * Announcement
         * @description The announcement; null when there is none.
         */
        Announcement: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Level
             * @enum {string}
             */
            level: "info" | "warning" | "critical";
            /** Text */
            text: string;
            /** Until */
            until: string | null;
        };
        /**
         * AnnouncementBody
         * @description What everybody is to read.
         */
        AnnouncementBody: {
            /**
             * Level
             * @default info
             * @enum {string}
             */
            level: "info" | "warning" | "critical";
            /** Text */
            text: string;
            /** Until */
            until?: string | null;
        };
        /**
         * Attempt
         * @description One request to the receiver. `error` says why it does not count as delivered.
         */
        Attempt: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Duration Ms */
            duration_ms: number;
            /** Error */
            error: string | null;
            /** Status Code */
            status_code: number | null;
        };
        /**
         * Capabilities
         * @description What a pipeline can do, and its bounds. `supports` is the whole answer; `txt2img` … `lora` say the same each.
         *
         *     `samplers` are those that its network can run.
         */
        Capabilities: {
            /** Controlnet */
            controlnet: string[];
            /** Default Guidance Scale */
            default_guidance_scale: number;
            /** Default Sampler */
            default_sampler: string;
            /** Default Schedule */
            default_schedule: string;
            /** Default Size */
            default_size: string;
            /** Default Steps */
            default_steps: number;
            /** Img2Img */
            img2img: boolean;
            /** Inpaint */
            inpaint: boolean;
            /** Lora */
            lora: boolean;
            /** Max Clip Skip */
            max_clip_skip: number;
            /** Max Images */
            max_images: number;
            /** Max Pixels */
            max_pixels: number;
            /** Max Prompt Chars */
            max_prompt_chars: number;
            /** Max Prompt Chunks */
            max_prompt_chunks: number;
            /** Max Size */
            max_size: number;
            /** Max Steps */
            max_steps: number;
            /** Min Size */
            min_size: number;
            /** Negative Prompt */
            negative_prompt: boolean;
            /**
             * Prompt Weights
             * @default true
             */
            prompt_weights: boolean;
            /** Samplers */
            samplers: string[];
            /** Size Multiple */
            size_multiple: number;
            /** Supports */
            supports: components["schemas"]["Capability"][];
            /**
             * Transparent
             * @default false
             */
            transparent: boolean;
            /** Txt2Img */
            txt2img: boolean;
        };
        /**
         * Capability
         * @description What a pipeline can be asked for.
         * @enum {string}
         */
        Capability: "text_to_image" | "image_to_image" | "inpainting" | "controls" | "loras";
        /**
         * Category
         * @description What a tag says something about.
         * @enum {string}
         */
        Category: "styles" | "subjects" | "lighting" | "camera" | "loras";
        /**
         * Checkpoint
         * @description A model; `title` is what clients show and send back.
         */
        Checkpoint: {
            /** Config */
            config?: string | null;
            /** Filename */
            filename: string;
            /** Hash */
            hash: string;
            /** Model Name */
            model_name: string;
            /** Sha256 */
            sha256: string;
            /** Title */
            title: string;
        };
        /**
         * ControlInput
         * @description A ControlNet that is to act, and what it follows.
         */
        ControlInput: {
            /**
             * End
             * @description share of the steps after which it acts no more
             */
            end?: number | null;
            /**
             * Image
             * @description what it follows: a data URL (PNG, JPEG, WebP), the id of an upload (`POST /v1/uploads`) or of a picture of your own gallery, or a public http(s) address
             */
            image: string;
            /**
             * Model
             * @description name of a ControlNet of `GET /v1/controls`
             */
            model: string;
            /**
             * Preprocessor
             * @description what makes a map of the image
             * @default none
             * @enum {string}
             */
            preprocessor: "none" | "canny" | "depth" | "pose";
            /**
             * Start
             * @description share of the steps before it acts
             */
            start?: number | null;
            /**
             * Weight
             * @description how strongly it acts, 0 to 10
             */
            weight?: number | null;
        };
        /**
         * ControlNetAnswer
         * @description A ControlNet of a pipeline. `hash` is of its weights, `preprocessor` what makes the maps that it takes.
         */
        ControlNetAnswer: {
            /** Hash */
            hash: string;
            /** Name */
            name: string;
            /** Pipeline */
            pipeline: string;
            /** Preprocessor */
            preprocessor: string;
            /** Size Bytes */
            size_bytes: number;
        };
        /**
         * ControlNetList
         * @description ControlNets by the name that a unit has in `model`.
         */
        ControlNetList: {
            /** Model List */
            model_list: string[];
        };
        /**
         * ControlPreviewBody
         * @description A picture whose map is wanted.
         */
        ControlPreviewBody: {
            /** Height */
            height?: number | null;
            /**
             * Image
             * @description a data URL (PNG, JPEG, WebP), the id of an upload (`POST /v1/uploads`) or of a picture of your own gallery, or a public http(s) address
             */
            image: string;
            /**
             * Preprocessor
             * @enum {string}
             */
            preprocessor: "none" | "canny" | "depth" | "pose";
            /**
             * Width
             * @description size of the request that it is for
             */
            width?: number | null;
        };
        /**
         * Controls
         * @description What there is.
         */
        Controls: {
            /** Controls */
            controls: components["schemas"]["InstalledControl"][];
            /** Preprocessors */
            preprocessors: components["schemas"]["PreprocessorState"][];
        };
        /**
         * ControlType
         * @description What goes together.
         */
        ControlType: {
            /** Default Model */
            default_model: string;
            /** Default Option */
            default_option: string;
            /** Model List */
            model_list: string[];
            /** Module List */
            module_list: string[];
        };
        /**
         * ControlTypes
         * @description By the extension's names of the types.
         */
        ControlTypes: {
            /** Control Types */
            control_types: {
                [key: string]: components["schemas"]["ControlType"];
            };
        };
        /**
         * CountedText
         * @description One text that a prompt has over its steps and parts. `marks` are the places in it where a new chunk begins.
         */
        CountedText: {
            /** Chunks */
            chunks: number[];
            /** Field */
            field: string;
            /** Marks */
            marks: number[];
            /** Text */
            text: string;
            /** Tokens */
            tokens: number;
        };
        /**
         * DayAnswer
         * @description The same for one day (UTC).
         */
        DayAnswer: {
            /**
             * Day
             * Format: date
             */
            day: string;
            /** Images */
            images: number;
            /** Jobs */
            jobs: number;
            /** Label */
            label: string | null;
            /** Mean Seconds */
            mean_seconds: number | null;
            /** Megapixel Steps */
            megapixel_steps: number;
            /** Name */
            name: string | null;
        };
        /**
         * DeletedModel
         * @description A pipeline in the trash. `hash` is of its weights.
         */
        DeletedModel: {
            /**
             * Deleted At
             * Format: date-time
             */
            deleted_at: string;
            /** Hash */
            hash: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Size Bytes */
            size_bytes: number;
        };
        /**
         * Delivery
         * @description A message and how its attempts went; `id` is its `webhook-id`. The payload is told when one is asked for.
         */
        Delivery: {
            /** Attempts */
            attempts: components["schemas"]["Attempt"][];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Event */
            event: string;
            /** Finished At */
            finished_at: string | null;
            /** Id */
            id: string;
            /** Job Id */
            job_id: string | null;
            /** Next Attempt At */
            next_attempt_at: string | null;
            /** Payload */
            payload?: {
                [key: string]: unknown;
            } | null;
            /** Status */
            status: string;
            /** Url */
            url: string | null;
            /** Webhook Id */
            webhook_id: string | null;
        };
        /**
         * DeliveryList
         * @description A page of deliveries, youngest first.
         */
        DeliveryList: {
            /** Next */
            next: string | null;
            /** Results */
            results: components["schemas"]["Delivery"][];
        };
        /**
         * DetectBody
         * @description Pictures whose maps are wanted.
         */
        DetectBody: {
            /** Controlnet Input Images */
            controlnet_input_images?: string[];
            /**
             * Controlnet Module
             * @default none
             */
            controlnet_module: string;
            /**
             * Controlnet Processor Res
             * @default 512
             */
            controlnet_processor_res: number;
            /**
             * Controlnet Threshold A
             * @default 64
             */
            controlnet_threshold_a: number;
            /**
             * Controlnet Threshold B
             * @default 64
             */
            controlnet_threshold_b: number;
        };
        /**
         * Detected
         * @description The maps, as PNG in base64.
         */
        Detected: {
            /** Images */
            images: string[];
            /** Info */
            info: string;
        };
        /**
         * DrainAnswer
         * @description A model that is being drained; it can be taken away when `running` is 0.
         */
        DrainAnswer: {
            /** Model */
            model: string;
            /** Running */
            running: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
        };
        /**
         * Embeddings
         * @description Words that were trained.
         */
        Embeddings: {
            /**
             * Loaded
             * @default {}
             */
            loaded: {
                [key: string]: {
                    [key: string]: unknown;
                };
            };
            /**
             * Skipped
             * @default {}
             */
            skipped: {
                [key: string]: {
                    [key: string]: unknown;
                };
            };
        };
        /**
         * Emphasis
         * @description What weights do.
         * @enum {string}
         */
        Emphasis: "original" | "no_norm" | "ignore" | "none";
        /**
         * EncoderCount
         * @description How one text encoder sees the prompts. A chunk holds `chunk_tokens`; a text may have `max_chunks`.
         */
        EncoderCount: {
            /** Chunk Tokens */
            chunk_tokens: number;
            /** Encoder */
            encoder: string;
            /** Fits */
            fits: boolean;
            /** Max Chunks */
            max_chunks: number;
            /** Texts */
            texts: components["schemas"]["CountedText"][];
        };
        /**
         * EraseBody
         * @description Both for certainty: one's own address, and the password where one has one.
         */
        EraseBody: {
            /** Current Password */
            current_password?: string | null;
            /** Email */
            email: string;
        };
        /**
         * ExpandBody
         * @description Prompts to look at before they are sent.
         */
        ExpandBody: {
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string;
            /** Prompt */
            prompt: string;
            /**
             * Seed
             * @default 0
             */
            seed: number;
            /**
             * Styles
             * @default []
             */
            styles: string[];
        };
        /**
         * FiguresAnswer
         * @description The panel: images made and mean time since a moment, slots used, GPU use.
         */
        FiguresAnswer: {
            accelerator: components["schemas"]["AcceleratorAnswer"];
            /** Images */
            images: number;
            /** Is Paused */
            is_paused: boolean;
            /** Jobs */
            jobs: number;
            /** Mean Seconds */
            mean_seconds: number | null;
            /** Megapixel Steps */
            megapixel_steps: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            slots: components["schemas"]["Slots"];
            /** Waiting */
            waiting: number;
        };
        /**
         * FileAnswer
         * @description A file that will be fetched.
         */
        FileAnswer: {
            /** Bytes */
            bytes: number;
            /** Path */
            path: string;
        };
        /**
         * FileKind
         * @description What single files there are.
         * @enum {string}
         */
        FileKind: "loras" | "embeddings";
        /**
         * FillBody
         * @description The values of a template's places.
         */
        FillBody: {
            /**
             * Values
             * @default {}
             */
            values: {
                [key: string]: string | number;
            };
        };
        /**
         * FoundTag
         * @description A tag to put into a prompt, and the word by which it was found; LoRAs' words are of no language.
         */
        FoundTag: {
            category: components["schemas"]["Category"];
            language: components["schemas"]["Language"] | null;
            /** Tag */
            tag: string;
            /** Word */
            word: string;
        };
        /**
         * Style
         * @description A named addition to prompts.
         */
        gateway__a1111__lists__schemas__Style: {
            /** Name */
            name: string;
            /** Negative Prompt */
            negative_prompt: string;
            /** Prompt */
            prompt: string;
        };
        /**
         * PictureBody
         * @description A picture in base64 or as a data URL.
         */
        gateway__a1111__schemas__PictureBody: {
            /** Image */
            image: string;
        };
        /**
         * Count
         * @description How many pictures something was done to.
         */
        gateway__history__schemas__Count: {
            /** Count */
            count: number;
        };
        /**
         * PictureBody
         * @description How its owner marks a picture.
         */
        gateway__history__schemas__PictureBody: {
            /** Is Favourite */
            is_favourite?: boolean | null;
            /** Rating */
            rating?: number | null;
            /** Tags */
            tags?: string[] | null;
        };
        /**
         * Style
         * @description What is put around a prompt (`{prompt}` marks its place) or, without the mark, behind it.
         */
        gateway__prompts__items__Style: {
            /** Name */
            name: string;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string;
            /**
             * Prompt
             * @default
             */
            prompt: string;
            /**
             * Titles
             * @description by language: en, de, fr, pt
             * @default {}
             */
            titles: {
                [key: string]: string;
            };
        };
        /**
         * Count
         * @description The answer of `POST /v1/prompts/tokens`.
         */
        gateway__prompts__schemas__Count: {
            /** Encoders */
            encoders: components["schemas"]["EncoderCount"][];
            /** Model */
            model: string;
            /** Warnings */
            warnings: string[];
        };
        /**
         * GenerationAnswer
         * @description Pictures in base64, the fields that made them, and `info`, which is JSON in a text.
         */
        GenerationAnswer: {
            /** Images */
            images: string[];
            /** Info */
            info: string;
            /** Parameters */
            parameters: {
                [key: string]: unknown;
            };
        };
        /**
         * GenerationBody
         * @description Pictures of a prompt.
         */
        GenerationBody: {
            /** Background */
            background?: string | null;
            /** Deadline S */
            deadline_s?: number | null;
            /** Embed Recipe */
            embed_recipe?: boolean | null;
            /** Guidance Scale */
            guidance_scale?: number | null;
            /** Model */
            model?: string | null;
            /** Moderation */
            moderation?: string | null;
            /** N */
            n?: number | null;
            /** Negative Prompt */
            negative_prompt?: string | null;
            /** Num Inference Steps */
            num_inference_steps?: number | null;
            /** Output Compression */
            output_compression?: number | null;
            /** Output Format */
            output_format?: string | null;
            /** Partial Images */
            partial_images?: number | null;
            /** Priority */
            priority?: number | null;
            /** Prompt */
            prompt: string;
            /** Quality */
            quality?: string | null;
            /** Response Format */
            response_format?: string | null;
            /** Safety */
            safety?: ("off" | "blur" | "block") | null;
            /** Sampler */
            sampler?: string | null;
            /** Schedule */
            schedule?: string | null;
            /** Scheduler */
            scheduler?: string | null;
            /** Seed */
            seed?: number | null;
            /** Size */
            size?: string | null;
            /** Store */
            store?: boolean | null;
            /** Stream */
            stream?: boolean | null;
            /** Stream Progress */
            stream_progress?: boolean | null;
            /** Style */
            style?: string | null;
            /** User */
            user?: string | null;
        };
        /**
         * HealthAnswer
         * @description Alive or ready, and why not.
         */
        HealthAnswer: {
            /**
             * Reason
             * @default
             */
            reason: string;
            /** Status */
            status: string;
        };
        /**
         * HiResInput
         * @description High-resolution fix: the first pass's latents, enlarged, are denoised again. A size goes before `scale`.
         */
        HiResInput: {
            /** Height */
            height?: number | null;
            /** Num Inference Steps */
            num_inference_steps?: number | null;
            /** Scale */
            scale?: number | null;
            /** Strength */
            strength?: number | null;
            /** Width */
            width?: number | null;
        };
        /**
         * ImageData
         * @description One image, as itself or as a link, and the seed that makes it again. `revised_prompt`: with its choices made.
         */
        ImageData: {
            /** B64 Json */
            b64_json?: string | null;
            /** Moderation */
            moderation?: string | null;
            /** Revised Prompt */
            revised_prompt?: string | null;
            /** Seed */
            seed: number;
            /** Url */
            url?: string | null;
        };
        /**
         * ImageFormat
         * @description The formats that are written.
         * @enum {string}
         */
        ImageFormat: "png" | "jpeg" | "webp";
        /**
         * ImagesAnswer
         * @description The whole answer.
         */
        ImagesAnswer: {
            /**
             * Background
             * @default opaque
             */
            background: string;
            /** Created */
            created: number;
            /** Data */
            data: components["schemas"]["ImageData"][];
            /** Moderation */
            moderation?: {
                [key: string]: unknown;
            }[] | null;
            /** Output Format */
            output_format: string;
            /** Quality */
            quality: string;
            /** Size */
            size: string;
            usage: components["schemas"]["Usage"];
        };
        /**
         * Img2ImgBody
         * @description From a picture and a prompt.
         */
        Img2ImgBody: {
            /**
             * Alwayson Scripts
             * @default {}
             */
            alwayson_scripts: {
                [key: string]: unknown;
            };
            /**
             * Batch Size
             * @default 1
             */
            batch_size: number;
            /**
             * Cfg Scale
             * @default 7
             */
            cfg_scale: number;
            /** Clip Skip */
            clip_skip?: number | null;
            /**
             * Denoising Strength
             * @default 0.75
             */
            denoising_strength: number;
            /** Eta */
            eta?: number | null;
            /** Force Task Id */
            force_task_id?: string | null;
            /**
             * Height
             * @default 512
             */
            height: number;
            /**
             * Init Images
             * @default []
             */
            init_images: string[];
            /**
             * Inpaint Full Res
             * @default true
             */
            inpaint_full_res: boolean;
            /**
             * Inpaint Full Res Padding
             * @default 0
             */
            inpaint_full_res_padding: number;
            /**
             * Inpainting Fill
             * @default 0
             */
            inpainting_fill: number;
            /**
             * Inpainting Mask Invert
             * @default 0
             */
            inpainting_mask_invert: number;
            /** Mask */
            mask?: string | null;
            /** Mask Blur */
            mask_blur?: number | null;
            /**
             * Mask Blur X
             * @default 4
             */
            mask_blur_x: number;
            /**
             * Mask Blur Y
             * @default 4
             */
            mask_blur_y: number;
            /**
             * N Iter
             * @default 1
             */
            n_iter: number;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string;
            /**
             * Override Settings
             * @default {}
             */
            override_settings: {
                [key: string]: unknown;
            };
            /**
             * Override Settings Restore Afterwards
             * @default true
             */
            override_settings_restore_afterwards: boolean;
            /**
             * Prompt
             * @default
             */
            prompt: string;
            /**
             * Resize Mode
             * @default 0
             */
            resize_mode: number;
            /**
             * Restore Faces
             * @default false
             */
            restore_faces: boolean;
            /**
             * Sampler Index
             * @default Euler
             */
            sampler_index: string;
            /**
             * Sampler Name
             * @default
             */
            sampler_name: string;
            /**
             * Scheduler
             * @default
             */
            scheduler: string;
            /** Script Name */
            script_name?: string | null;
            /**
             * Seed
             * @default -1
             */
            seed: number;
            /**
             * Send Images
             * @default true
             */
            send_images: boolean;
            /**
             * Steps
             * @default 50
             */
            steps: number;
            /**
             * Styles
             * @default []
             */
            styles: string[];
            /**
             * Subseed
             * @default -1
             */
            subseed: number;
            /**
             * Subseed Strength
             * @default 0
             */
            subseed_strength: number;
            /**
             * Tiling
             * @default false
             */
            tiling: boolean;
            /**
             * Width
             * @default 512
             */
            width: number;
        };
        /**
         * Installation
         * @description An installation. `step` is a code for what is done now, `detail` the file or component it is done to.
         */
        Installation: {
            /** Attempts */
            attempts: number;
            /** Bytes Done */
            bytes_done: number;
            /** Bytes Total */
            bytes_total: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Created By */
            created_by: string;
            /** Detail */
            detail: string | null;
            error: components["schemas"]["InstallationFailure"] | null;
            /** Family */
            family: string | null;
            /** Finished At */
            finished_at: string | null;
            /** Id */
            id: string;
            /**
             * Is Stopping
             * @description whether a pause or cancellation has been asked for
             */
            is_stopping: boolean;
            kind: components["schemas"]["Kind"];
            /** Licence Id */
            licence_id: string | null;
            /** Name */
            name: string;
            /** Pipeline */
            pipeline: string | null;
            /** Precision */
            precision: string;
            /** Seconds Left */
            seconds_left: number | null;
            /** Source */
            source: string;
            /** Started At */
            started_at: string | null;
            status: components["schemas"]["InstallationStatus"];
            /** Step */
            step: string | null;
            urls: components["schemas"]["InstallationUrls"];
            /** Version */
            version: number;
        };
        /**
         * InstallationBody
         * @description What to install.
         */
        InstallationBody: {
            /**
             * Accept Licence
             * @description that the licence in the preview was read and accepted
             * @constant
             */
            accept_licence: true;
            /**
             * Base
             * @description owner/name[@revision] or path of a pipeline with the configs and tokenizer of a single file
             */
            base?: string | null;
            /**
             * File
             * @description which .safetensors file of the source, where it has several
             */
            file?: string | null;
            kind: components["schemas"]["Kind"];
            /** Name */
            name: string;
            /**
             * Pipeline
             * @description installed pipeline that a ControlNet is to be served with
             */
            pipeline?: string | null;
            /**
             * Precision
             * @description what the UNet of a pipeline computes in
             * @default fp32
             * @enum {string}
             */
            precision: "fp32" | "fp16" | "bf16" | "int8" | "fp8";
            /**
             * Sha256
             * @description checksum of a single file, where its publisher tells
             */
            sha256?: string | null;
            /**
             * Source
             * @description owner/name[@revision] at the hub, the https address of a .safetensors file, or a path
             */
            source: string;
        };
        /**
         * InstallationFailure
         * @description Why an installation failed; `may_resume` says whether `resume` can be of use.
         */
        InstallationFailure: {
            /** Code */
            code: string;
            /**
             * May Resume
             * @default false
             */
            may_resume: boolean;
            /** Message */
            message: string;
        };
        /**
         * InstallationList
         * @description A page of installations, youngest first.
         */
        InstallationList: {
            /** Next */
            next: string | null;
            /** Results */
            results: components["schemas"]["Installation"][];
        };
        /**
         * InstallationPreviewBody
         * @description What to look at.
         */
        InstallationPreviewBody: {
            /**
             * Base
             * @description owner/name[@revision] or path of a pipeline with the configs and tokenizer of a single file
             */
            base?: string | null;
            /**
             * File
             * @description which .safetensors file of the source, where it has several
             */
            file?: string | null;
            /** @description what it is, where the source itself does not tell */
            kind?: components["schemas"]["Kind"] | null;
            /**
             * Name
             * @description what it will be called; else a name is suggested
             */
            name?: string | null;
            /**
             * Pipeline
             * @description installed pipeline that a ControlNet is to be served with
             */
            pipeline?: string | null;
            /**
             * Source
             * @description owner/name[@revision] at the hub, the https address of a .safetensors file, or a path
             */
            source: string;
        };
        /**
         * InstallationStatus
         * @description `queued`, then the active ones in about this order, then an end; `paused` goes on by `resume`.
         * @enum {string}
         */
        InstallationStatus: "queued" | "downloading" | "verifying" | "exporting" | "installing" | "paused" | "succeeded" | "failed" | "canceled";
        /**
         * InstallationUrls
         * @description Where the installation is.
         */
        InstallationUrls: {
            /** Cancel */
            cancel: string;
            /** Events */
            events: string;
            /** Get */
            get: string;
            /** Pause */
            pause: string;
            /** Resume */
            resume: string;
        };
        /**
         * InstalledControl
         * @description A ControlNet of a model, and what makes the maps that it was trained on.
         */
        InstalledControl: {
            /** Model */
            model: string;
            /** Name */
            name: string;
            /** Preprocessor */
            preprocessor: string;
        };
        /**
         * Invitation
         * @description An invitation that nobody has accepted yet, without its token.
         */
        Invitation: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Created By */
            created_by: string | null;
            /** Email */
            email: string | null;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Id */
            id: string;
            role: components["schemas"]["Role"];
        };
        /**
         * InvitationBody
         * @description Who is invited.
         */
        InvitationBody: {
            /** Email */
            email?: string | null;
            /** @default user */
            role: components["schemas"]["Role"];
        };
        /**
         * Job
         * @description A job. `output` holds the links of `images`, as Replicate's clients expect them; they expire.
         */
        Job: {
            /** Attempts */
            attempts: number;
            /** Cached From */
            cached_from: string | null;
            /** Completed At */
            completed_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Error */
            error: string | null;
            /** Error Code */
            error_code: string | null;
            /** Eta Seconds */
            eta_seconds: number | null;
            /** Id */
            id: string;
            /** Images */
            images: components["schemas"]["JobImage"][];
            /** Input */
            input: {
                [key: string]: unknown;
            };
            /** Metrics */
            metrics: {
                [key: string]: number;
            };
            /** Model */
            model: string;
            /** Moderation */
            moderation: components["schemas"]["JobFinding"][];
            /** Output */
            output: string[];
            /** Priority */
            priority: number;
            /** Progress */
            progress: number;
            /** Queue Position */
            queue_position: number | null;
            /** Started At */
            started_at: string | null;
            status: components["schemas"]["JobStatus"];
            urls: components["schemas"]["JobUrls"];
            /** Warnings */
            warnings: string[];
        };
        /**
         * JobBody
         * @description A new job.
         */
        JobBody: {
            input: components["schemas"]["JobInput"];
            /** Model */
            model?: string | null;
            /** Priority */
            priority?: number | null;
            /**
             * Webhook
             * @description an https address that is told of this job, see docs/webhooks.md
             */
            webhook?: string | null;
            /**
             * Webhook Events Filter
             * @description start, output, progress, completed; without it output and completed
             */
            webhook_events_filter?: string[] | null;
        };
        /**
         * JobFinding
         * @description A picture that was blocked or blurred, what did it (`prompt`, `input_image`, `output_image`) and why.
         */
        JobFinding: {
            /** Action */
            action: string;
            /** Image */
            image: number;
            /** Reason */
            reason: string;
            /** Seed */
            seed: number;
            /** Stage */
            stage: string;
        };
        /**
         * JobImage
         * @description One finished picture.
         */
        JobImage: {
            /** Bytes */
            bytes: number;
            /** Height */
            height: number;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /**
             * Moderation
             * @description "blurred" where that became of it
             */
            moderation: string | null;
            /** Seed */
            seed: number;
            /** Url */
            url: string;
            /** Width */
            width: number;
        };
        /**
         * JobInput
         * @description What to generate. Bounds that depend on the model are checked against it.
         */
        JobInput: {
            /**
             * Cache Interval
             * @description 1 to 10: only every so many evaluations are whole; faster, a little different
             */
            cache_interval?: number | null;
            /**
             * Clip Skip
             * @description layers of the text encoder to leave out; 0: the usual
             */
            clip_skip?: number | null;
            /** Controls */
            controls?: components["schemas"]["ControlInput"][] | null;
            /** Deadline S */
            deadline_s?: number | null;
            /** Embed Recipe */
            embed_recipe?: boolean | null;
            /**
             * Emphasis
             * @description what weights in the prompts do
             */
            emphasis?: ("original" | "no_norm" | "ignore" | "none") | null;
            /**
             * Eta
             * @description fresh noise of a stochastic sampler, 0 to 1
             */
            eta?: number | null;
            /**
             * Guidance End
             * @description share of the steps after which guidance is off
             */
            guidance_end?: number | null;
            /**
             * Guidance Rescale
             * @description 0 to 1; against washed-out strong guidance
             */
            guidance_rescale?: number | null;
            /** Guidance Scale */
            guidance_scale?: number | null;
            /** Height */
            height?: number | null;
            /** @description a second pass at a larger size */
            hires?: components["schemas"]["HiResInput"] | null;
            /**
             * Image
             * @description image to image: a data URL (PNG, JPEG, WebP), the id of an upload (`POST /v1/uploads`) or of a picture of your own gallery, or a public http(s) address
             */
            image?: string | null;
            /**
             * Invert Mask
             * @description paint the black part
             */
            invert_mask?: boolean | null;
            /** Loras */
            loras?: components["schemas"]["JobLora"][] | null;
            /**
             * Mask
             * @description inpainting: as large as the image, white where to paint; a data URL (PNG, JPEG, WebP), the id of an upload (`POST /v1/uploads`) or of a picture of your own gallery, or a public http(s) address
             */
            mask?: string | null;
            /**
             * Mask Blur
             * @description feathering in pixels
             */
            mask_blur?: number | null;
            /**
             * Mask Content
             * @description what is under the mask to begin with
             */
            mask_content?: ("original" | "fill" | "latent_noise") | null;
            /** Negative Prompt */
            negative_prompt?: string | null;
            /** Num Images */
            num_images?: number | null;
            /** Num Inference Steps */
            num_inference_steps?: number | null;
            /**
             * Only Masked
             * @description generate the masked part alone, at width × height
             */
            only_masked?: boolean | null;
            /**
             * Only Masked Padding
             * @description pixels around that part
             */
            only_masked_padding?: number | null;
            /** Original Negative Prompt */
            original_negative_prompt?: string | null;
            /**
             * Original Prompt
             * @description the prompt before its variants were chosen
             */
            original_prompt?: string | null;
            /** @description extend the image and paint what is added */
            outpaint?: components["schemas"]["OutpaintInput"] | null;
            /**
             * Output Format
             * @default png
             * @enum {string}
             */
            output_format: "png" | "jpeg" | "webp";
            /**
             * Output Quality
             * @default 100
             */
            output_quality: number;
            /** Preview Every */
            preview_every?: number | null;
            /** Prompt */
            prompt: string;
            /**
             * Resize Mode
             * @description how a picture is brought to width × height
             */
            resize_mode?: ("crop" | "fit" | "stretch") | null;
            /** @description stricter than the policy of one's role; a laxer wish changes nothing */
            safety?: components["schemas"]["Level"] | null;
            /** Sampler */
            sampler?: string | null;
            /** Schedule */
            schedule?: string | null;
            /** Seed */
            seed?: number | null;
            /**
             * Strength
             * @description how much of the image is made anew, 0 to 1
             */
            strength?: number | null;
            /**
             * Styles
             * @description names of `GET /v1/prompts/styles`
             * @default []
             */
            styles: string[];
            /** Variation Seed */
            variation_seed?: number | null;
            /**
             * Variation Strength
             * @description how far towards the variation seed, 0 to 1
             */
            variation_strength?: number | null;
            /** Width */
            width?: number | null;
        };
        /**
         * JobList
         * @description A page of jobs, youngest first.
         */
        JobList: {
            /** Next */
            next: string | null;
            /** Results */
            results: components["schemas"]["Job"][];
        };
        /**
         * JobLora
         * @description A LoRA and how strongly it acts.
         */
        JobLora: {
            /** Name */
            name: string;
            /**
             * Weight
             * @default 1
             */
            weight: number;
        };
        /**
         * JobStatus
         * @description queued -> starting -> processing -> succeeded, failed or canceled. A lost worker's job goes back to queued.
         * @enum {string}
         */
        JobStatus: "queued" | "starting" | "processing" | "succeeded" | "failed" | "canceled";
        /**
         * JobUrls
         * @description Where the job is.
         */
        JobUrls: {
            /** Cancel */
            cancel: string;
            /** Events */
            events: string;
            /** Get */
            get: string;
        };
        /**
         * Key
         * @description What may be shown of a key.
         */
        Key: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** Last Used At */
            last_used_at: string | null;
            /** Name */
            name: string;
            policy: components["schemas"]["KeyPolicy"];
            /** Prefix */
            prefix: string;
            /** Revoked At */
            revoked_at: string | null;
            /** Scopes */
            scopes: string[];
            /** User Id */
            user_id: string | null;
        };
        /**
         * KeyBody
         * @description A new key.
         */
        KeyBody: {
            /** Expires At */
            expires_at?: string | null;
            /** Name */
            name: string;
            /** @default {} */
            policy: components["schemas"]["KeyPolicy"];
            /**
             * Scopes
             * @default [
             *       "generate",
             *       "read"
             *     ]
             */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * KeyList
         * @description A page of anybody's keys, oldest first.
         */
        KeyList: {
            /** Next */
            next: string | null;
            /** Results */
            results: components["schemas"]["OwnedKey"][];
        };
        /**
         * KeyPolicy
         * @description Bounds of one key, beside those of its owner. None means no bound of its own.
         */
        KeyPolicy: {
            /** Addresses */
            addresses?: string[] | null;
            /** Images Per Day */
            images_per_day?: number | null;
            /** Max Parallel */
            max_parallel?: number | null;
            /** Max Priority */
            max_priority?: number | null;
            /** Models */
            models?: string[] | null;
            /** Requests Per Minute */
            requests_per_minute?: number | null;
        };
        /**
         * Kind
         * @description What can be installed.
         * @enum {string}
         */
        Kind: "pipeline" | "lora" | "controlnet" | "embedding";
        /**
         * Language
         * @description Of the words that lead to tags.
         * @enum {string}
         */
        Language: "en" | "de" | "fr" | "pt";
        /**
         * Level
         * @description What happens to what is found; each is stricter than the one before it.
         * @enum {string}
         */
        Level: "off" | "blur" | "block";
        /**
         * LicenceAnswer
         * @description What is accepted by installing; every field is null where the source does not tell.
         */
        LicenceAnswer: {
            /** Id */
            id: string | null;
            /** Link */
            link: string | null;
            /** Name */
            name: string | null;
            /** Text */
            text: string | null;
        };
        /**
         * Limits
         * @description Bounds of a person or a role. A person's own go before his role's, field by field, also where they say None.
         */
        Limits: {
            /** Images Per Day */
            images_per_day?: number | null;
            /** Megapixel Steps Per Day */
            megapixel_steps_per_day?: number | null;
            /** Parallel Jobs */
            parallel_jobs?: number | null;
            /** Queued Jobs */
            queued_jobs?: number | null;
            /** Requests Per Minute */
            requests_per_minute?: number | null;
            /** Stored Bytes */
            stored_bytes?: number | null;
        };
        /**
         * Lora
         * @description A low-rank addition to a model's weights.
         */
        Lora: {
            /** Alias */
            alias: string;
            /** Metadata */
            metadata: {
                [key: string]: unknown;
            };
            /** Name */
            name: string;
            /** Path */
            path: string;
        };
        /**
         * LoraFile
         * @description A LoRA; `triggers` are the words that it was trained with most, `error` why it cannot be used.
         */
        LoraFile: {
            /** Base Model */
            base_model?: string | null;
            /** Error */
            error?: string | null;
            /** Name */
            name: string;
            /** Title */
            title: string;
            /**
             * Triggers
             * @default []
             */
            triggers: string[];
        };
        /**
         * Matched
         * @description The first rule that it matches; null for none.
         */
        Matched: {
            /** Label */
            label: string | null;
            /** Rule */
            rule: string | null;
        };
        /**
         * MeBody
         * @description What everybody may change of himself.
         */
        MeBody: {
            /** Name */
            name?: string | null;
            preferences?: components["schemas"]["Preferences"] | null;
            /** Timezone */
            timezone?: string | null;
        };
        /**
         * Memory
         * @description Of the machine; not told here.
         */
        Memory: {
            /**
             * Cuda
             * @default {}
             */
            cuda: {
                [key: string]: unknown;
            };
            /**
             * Ram
             * @default {}
             */
            ram: {
                [key: string]: unknown;
            };
        };
        /**
         * Methods
         * @description How one gets in here.
         */
        Methods: {
            /** Needs Setup */
            needs_setup: boolean;
            /** Providers */
            providers: string[];
            /**
             * Registration
             * @enum {string}
             */
            registration: "closed" | "invitation" | "approval" | "open";
        };
        /**
         * Model
         * @description One model.
         */
        Model: {
            capabilities: components["schemas"]["Capabilities"];
            /**
             * Created
             * @default 0
             */
            created: number;
            /** Family */
            family: string;
            /** Fingerprint */
            fingerprint: string;
            /** Id */
            id: string;
            /**
             * Object
             * @default model
             * @constant
             */
            object: "model";
            /**
             * Owned By
             * @default avila
             */
            owned_by: string;
        };
        /**
         * ModelFileAnswer
         * @description A LoRA or an embedding. `hash` is its file's SHA-256.
         */
        ModelFileAnswer: {
            /** File */
            file: string;
            /** Hash */
            hash: string;
            /** Name */
            name: string;
            /** Size Bytes */
            size_bytes: number;
        };
        /**
         * ModelList
         * @description All models.
         */
        ModelList: {
            /** Data */
            data: components["schemas"]["Model"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /**
         * ModelState
         * @description What a pipeline is over all servers: the first of these that it is on one of them.
         * @enum {string}
         */
        ModelState: "warm" | "loading" | "failed" | "cold" | "installed";
        /**
         * ModuleDetail
         * @description A module; one that is `model_free` would work without a ControlNet.
         */
        ModuleDetail: {
            /**
             * Model Free
             * @default false
             */
            model_free: boolean;
            /**
             * Sliders
             * @default []
             */
            sliders: components["schemas"]["Slider"][];
        };
        /**
         * ModuleList
         * @description Modules by the name that a unit has in `module`.
         */
        ModuleList: {
            /** Module Detail */
            module_detail: {
                [key: string]: components["schemas"]["ModuleDetail"];
            };
            /** Module List */
            module_list: string[];
        };
        /**
         * Named
         * @description Something that has a name.
         */
        Named: {
            /** Name */
            name: string;
        };
        /**
         * NeedsAnswer
         * @description What an installation takes, and what is there.
         */
        NeedsAnswer: {
            /** Disk Bytes */
            disk_bytes: number;
            /** Disk Free Bytes */
            disk_free_bytes: number;
            /** Memory Bytes */
            memory_bytes: number;
            /** Memory Free Bytes */
            memory_free_bytes: number;
        };
        /**
         * NewKey
         * @description With the key itself, shown this once.
         */
        NewKey: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** Key */
            key: string;
            /** Last Used At */
            last_used_at: string | null;
            /** Name */
            name: string;
            policy: components["schemas"]["KeyPolicy"];
            /** Prefix */
            prefix: string;
            /** Revoked At */
            revoked_at: string | null;
            /** Scopes */
            scopes: string[];
            /** User Id */
            user_id: string | null;
        };
        /**
         * NewWebhook
         * @description With its secret, shown this once.
         */
        NewWebhook: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Description */
            description: string;
            /** Disabled Reason */
            disabled_reason: string | null;
            /** Events */
            events: string[];
            /** Id */
            id: string;
            /** Is Enabled */
            is_enabled: boolean;
            /** Last Success At */
            last_success_at: string | null;
            /** Secret */
            secret: string;
            /** Url */
            url: string;
        };
        /**
         * OneTimeToken
         * @description Shown once.
         */
        OneTimeToken: {
            /** Token */
            token: string;
        };
        OpenAIError: {
            error: {
                code: string | null;
                message: string;
                param: string | null;
                type: string;
            };
        };
        /**
         * OutpaintInput
         * @description Pixels by which the picture is extended on each side.
         */
        OutpaintInput: {
            /**
             * Bottom
             * @default 0
             */
            bottom: number;
            /**
             * Left
             * @default 0
             */
            left: number;
            /**
             * Right
             * @default 0
             */
            right: number;
            /**
             * Top
             * @default 0
             */
            top: number;
        };
        /**
         * OwnedKey
         * @description With the address of whose it is; null where it belongs to the installation.
         */
        OwnedKey: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** Last Used At */
            last_used_at: string | null;
            /** Name */
            name: string;
            /** Owner Name */
            owner_name: string | null;
            policy: components["schemas"]["KeyPolicy"];
            /** Prefix */
            prefix: string;
            /** Revoked At */
            revoked_at: string | null;
            /** Scopes */
            scopes: string[];
            /** User Id */
            user_id: string | null;
        };
        /**
         * PasswordBody
         * @description Another password for oneself.
         */
        PasswordBody: {
            /**
             * Current Password
             * Format: password
             */
            current_password: string;
            /**
             * New Password
             * Format: password
             */
            new_password: string;
        };
        /**
         * PausedBody
         * @description Whether jobs are started.
         */
        PausedBody: {
            /** Is Paused */
            is_paused: boolean;
        };
        /**
         * Picture
         * @description A picture with its whole recipe and links that show it.
         */
        Picture: {
            /** Bytes */
            bytes: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Height */
            height: number;
            /** Id */
            id: string;
            /** Index */
            index: number;
            /** Is Favourite */
            is_favourite: boolean;
            /** Job Id */
            job_id: string;
            /** Media Type */
            media_type: string;
            /**
             * Moderation
             * @description "blurred" where that became of it
             */
            moderation: string | null;
            /** Rating */
            rating: number;
            /** Recipe */
            recipe: {
                [key: string]: unknown;
            };
            /** Tags */
            tags: string[];
            /** Thumbnail Url */
            thumbnail_url: string;
            /** Trashed At */
            trashed_at: string | null;
            /** Url */
            url: string;
            /** Width */
            width: number;
        };
        /**
         * PictureList
         * @description A page, youngest first.
         */
        PictureList: {
            /** Next */
            next: number | null;
            /** Results */
            results: components["schemas"]["Picture"][];
        };
        /**
         * Placeholder
         * @description A field of a template's form.
         */
        Placeholder: {
            /** Default */
            default?: string | number | null;
            /**
             * Labels
             * @description by language: en, de, fr, pt
             * @default {}
             */
            labels: {
                [key: string]: string;
            };
            /** Maximum */
            maximum?: number | null;
            /** Minimum */
            minimum?: number | null;
            /** Name */
            name: string;
            /**
             * Options
             * @default []
             */
            options: string[];
            /**
             * Type
             * @enum {string}
             */
            type: "text" | "choice" | "number";
        };
        /**
         * PngInfo
         * @description What a picture tells of how it was made.
         */
        PngInfo: {
            /** Info */
            info: string;
            /** Items */
            items: {
                [key: string]: unknown;
            };
            /** Parameters */
            parameters: {
                [key: string]: unknown;
            };
        };
        /**
         * Preferences
         * @description `result_cache`: whether an order made before is answered with the pictures that are there.
         *     `embed_recipe`: whether files tell how they were made, where an order does not say it.
         */
        Preferences: {
            /**
             * Embed Recipe
             * @default true
             */
            embed_recipe: boolean;
            /**
             * Result Cache
             * @default true
             */
            result_cache: boolean;
        };
        /**
         * PreparedPrompts
         * @description Prompts as a job would have them.
         */
        PreparedPrompts: {
            /** Negative Prompt */
            negative_prompt: string;
            /** Prompt */
            prompt: string;
            /**
             * Warnings
             * @default []
             */
            warnings: string[];
        };
        /**
         * PreprocessorState
         * @description A preprocessor, and whether it can run here.
         */
        PreprocessorState: {
            /** Is Installed */
            is_installed: boolean;
            /** Name */
            name: string;
        };
        /**
         * Preview
         * @description What a source offers. Sent back as `source`, the one here stands for exactly these files.
         */
        Preview: {
            /** Bytes To Download */
            bytes_to_download: number;
            /** Family */
            family: string | null;
            /** Files */
            files: components["schemas"]["FileAnswer"][];
            /** Fits */
            fits: boolean;
            kind: components["schemas"]["Kind"];
            /**
             * Left Out
             * @description networks of it that are not served
             */
            left_out: string[];
            licence: components["schemas"]["LicenceAnswer"];
            needs: components["schemas"]["NeedsAnswer"];
            /**
             * Needs Base
             * @description whether `base` must say whose configs and tokenizer to take
             */
            needs_base: boolean;
            /**
             * Reason
             * @description why it does not fit
             */
            reason: string | null;
            /**
             * Replaces
             * @description whether something of this kind and name is installed already
             */
            replaces: boolean;
            /** Source */
            source: string;
            /** Suggested Name */
            suggested_name: string;
        };
        /** @description RFC 9457. `code` is stable and for programs, `detail` is for people, `field` is the one at fault. */
        Problem: {
            code: string;
            detail: string;
            field: string | null;
            status: number;
            title: string;
            type: string;
        };
        /**
         * ProgressAnswer
         * @description The caller's job; all zero when he has none.
         */
        ProgressAnswer: {
            /** Current Image */
            current_image?: string | null;
            /**
             * Eta Relative
             * @default 0
             */
            eta_relative: number;
            /**
             * Progress
             * @default 0
             */
            progress: number;
            /**
             * @default {
             *       "interrupted": false,
             *       "job": "",
             *       "job_count": 0,
             *       "job_no": 0,
             *       "job_timestamp": "0",
             *       "sampling_step": 0,
             *       "sampling_steps": 0,
             *       "skipped": false,
             *       "stopping_generation": false
             *     }
             */
            state: components["schemas"]["ProgressState"];
            /** Textinfo */
            textinfo?: string | null;
        };
        /**
         * ProgressState
         * @description How far the caller's job is.
         */
        ProgressState: {
            /**
             * Interrupted
             * @default false
             */
            interrupted: boolean;
            /**
             * Job
             * @default
             */
            job: string;
            /**
             * Job Count
             * @default 0
             */
            job_count: number;
            /**
             * Job No
             * @default 0
             */
            job_no: number;
            /**
             * Job Timestamp
             * @default 0
             */
            job_timestamp: string;
            /**
             * Sampling Step
             * @default 0
             */
            sampling_step: number;
            /**
             * Sampling Steps
             * @default 0
             */
            sampling_steps: number;
            /**
             * Skipped
             * @default false
             */
            skipped: boolean;
            /**
             * Stopping Generation
             * @default false
             */
            stopping_generation: boolean;
        };
        /**
         * QueueAnswer
         * @description A page of the queue table, youngest first.
         */
        QueueAnswer: {
            /** Next */
            next: string | null;
            /** Results */
            results: components["schemas"]["QueueJob"][];
        };
        /**
         * QueueJob
         * @description A line of the queue table.
         */
        QueueJob: {
            /** Attempts */
            attempts: number;
            /** Completed At */
            completed_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Error */
            error: string | null;
            /** Eta Seconds */
            eta_seconds: number | null;
            /** Id */
            id: string;
            /** Images */
            images: number;
            /** Key Id */
            key_id: string | null;
            /** Model */
            model: string;
            /** Owner */
            owner: string;
            /** Owner Name */
            owner_name: string | null;
            /** Priority */
            priority: number;
            /** Progress */
            progress: number;
            /** Prompt */
            prompt: string;
            /** Queue Position */
            queue_position: number | null;
            /** Started At */
            started_at: string | null;
            /** Status */
            status: string;
            /** Surface */
            surface: string;
        };
        /**
         * Quota
         * @description Limits, what has been used of them, and when the day's begin anew.
         */
        Quota: {
            limits: components["schemas"]["Limits"];
            remaining: components["schemas"]["Remaining"];
            /**
             * Resets At
             * Format: date-time
             */
            resets_at: string;
            used: components["schemas"]["Used"];
        };
        /**
         * RefreshBody
         * @description Without a token, the cookie's.
         */
        RefreshBody: {
            /** Refresh Token */
            refresh_token?: string | null;
        };
        /**
         * RegisterBody
         * @description A new account.
         */
        RegisterBody: {
            /** Email */
            email: string;
            /** Invitation */
            invitation?: string | null;
            /**
             * Name
             * @default
             */
            name: string;
            /**
             * Password
             * Format: password
             */
            password: string;
            /**
             * Timezone
             * @default UTC
             */
            timezone: string;
        };
        /**
         * Remaining
         * @description What is left; null means as much as one likes.
         */
        Remaining: {
            /** Images Today */
            images_today: number | null;
            /** Megapixel Steps Today */
            megapixel_steps_today: number | null;
            /** Queued Jobs */
            queued_jobs: number | null;
            /** Stored Bytes */
            stored_bytes: number | null;
        };
        /**
         * ResetBody
         * @description Another password, with a token an administrator made.
         */
        ResetBody: {
            /**
             * New Password
             * Format: password
             */
            new_password: string;
            /** Token */
            token: string;
        };
        /**
         * Role
         * @description What a person may do; each role may do all that the one before it may.
         * @enum {string}
         */
        Role: "viewer" | "user" | "admin";
        /**
         * RotateBody
         * @description For how long the old secret signs beside the new one.
         */
        RotateBody: {
            /**
             * Overlap S
             * @default 86400
             */
            overlap_s: number;
        };
        /**
         * RuleBody
         * @description A new rule: `words` in a row, with `*` for any letters within one; `label` is what people are told.
         */
        RuleBody: {
            /** Label */
            label: string;
            /** Words */
            words: string;
        };
        /**
         * Safety
         * @description What applies to the caller; a request may ask for stricter (`safety`), never for laxer.
         */
        Safety: {
            /** Has Checker */
            has_checker: boolean;
            pictures: components["schemas"]["Level"];
            prompts: components["schemas"]["Level"];
        };
        /**
         * SafetyPolicy
         * @description Of a role.
         *
         *     Attributes:
         *         prompts: what happens to the pictures of a prompt that a rule matches.
         *         pictures: what happens to a picture in which the safety checker finds something.
         *         sensitivity: added to the checker's scores: above 0 it finds more, below 0 less.
         */
        SafetyPolicy: {
            /** @default off */
            pictures: components["schemas"]["Level"];
            /** @default off */
            prompts: components["schemas"]["Level"];
            /**
             * Sensitivity
             * @default 0
             */
            sensitivity: number;
        };
        /**
         * SafetyRule
         * @description A rule about prompts.
         */
        SafetyRule: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Created By */
            created_by: string;
            /** Id */
            id: string;
            /** Label */
            label: string;
            /** Words */
            words: string;
        };
        /**
         * Sampler
         * @description A solver.
         */
        Sampler: {
            /** Aliases */
            aliases: string[];
            /** Name */
            name: string;
            /** Options */
            options: {
                [key: string]: string;
            };
        };
        /**
         * Scheduler
         * @description A schedule of noise levels.
         */
        Scheduler: {
            /** Aliases */
            aliases?: string[] | null;
            /**
             * Default Rho
             * @default -1
             */
            default_rho: number;
            /** Label */
            label: string;
            /** Name */
            name: string;
            /**
             * Need Inner Model
             * @default false
             */
            need_inner_model: boolean;
        };
        /**
         * Scope
         * @description What a key is good for.
         * @enum {string}
         */
        Scope: "read" | "generate" | "admin";
        /**
         * ScriptInfo
         * @description An extension whose arguments are sent in `alwayson_scripts`; they are objects, so none is listed.
         */
        ScriptInfo: {
            /**
             * Args
             * @default []
             */
            args: {
                [key: string]: unknown;
            }[];
            /**
             * Is Alwayson
             * @default true
             */
            is_alwayson: boolean;
            /** Is Img2Img */
            is_img2img: boolean;
            /** Name */
            name: string;
        };
        /**
         * Scripts
         * @description Names of extensions.
         */
        Scripts: {
            /**
             * Img2Img
             * @default []
             */
            img2img: string[];
            /**
             * Txt2Img
             * @default []
             */
            txt2img: string[];
        };
        /**
         * SealAnswer
         * @description The C2PA manifest: signed data that breaks when the file is changed.
         */
        SealAnswer: {
            /** Digital Source Types */
            digital_source_types: string[];
            /** Generator */
            generator: string;
            /** Issuer */
            issuer: string;
            /** Made From */
            made_from: number;
            /** Present */
            present: boolean;
            /** Problems */
            problems: string[];
            /**
             * State
             * @enum {string}
             */
            state: "absent" | "trusted" | "valid" | "invalid";
        };
        /**
         * SelectionBody
         * @description Some pictures.
         */
        SelectionBody: {
            /** Ids */
            ids: string[];
        };
        /**
         * ServerAnswer
         * @description The pipeline on one server: a Triton, or a worker that runs networks itself.
         */
        ServerAnswer: {
            /** Last Used At */
            last_used_at: string | null;
            /** Reason */
            reason: string | null;
            /** Running Jobs */
            running_jobs: number;
            /** Server */
            server: string;
            state: components["schemas"]["ModelState"];
        };
        /**
         * Session
         * @description A signed-in device.
         */
        Session: {
            /** Agent */
            agent: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /** Is Current */
            is_current: boolean;
            /**
             * Refreshed At
             * Format: date-time
             */
            refreshed_at: string;
        };
        /**
         * SettingAnswer
         * @description A setting: what it is, and who said so. A secret's value is never shown, only whether there is one.
         */
        SettingAnswer: {
            /** Description */
            description: string;
            /** Is Secret */
            is_secret: boolean;
            /** Name */
            name: string;
            /**
             * Source
             * @enum {string}
             */
            source: "default" | "environment" | "command line";
            /** Value */
            value: unknown;
            /** Variable */
            variable: string;
        };
        /**
         * SetupBody
         * @description The first administrator.
         */
        SetupBody: {
            /** Email */
            email: string;
            /**
             * Name
             * @default
             */
            name: string;
            /**
             * Password
             * Format: password
             */
            password: string;
            /**
             * Timezone
             * @default UTC
             */
            timezone: string;
            /** Token */
            token: string;
        };
        /**
         * SignedOut
         * @description Where to go to sign out at the provider too; null when it has no such page.
         */
        SignedOut: {
            /** Url */
            url: string | null;
        };
        /**
         * SignInBody
         * @description `cookies` puts the tokens into HttpOnly cookies, for the page, and leaves them out of the answer.
         */
        SignInBody: {
            /**
             * Cookies
             * @default false
             */
            cookies: boolean;
            /** Email */
            email: string;
            /**
             * Password
             * Format: password
             */
            password: string;
        };
        /**
         * SignInProvider
         * @description A way to sign in that is not a password; the page links to `url`.
         */
        SignInProvider: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Url */
            url: string;
        };
        /**
         * Slider
         * @description A number that a module takes: the first is the resolution, then `threshold_a` and `threshold_b`.
         */
        Slider: {
            /** Max */
            max: number;
            /** Min */
            min: number;
            /** Name */
            name: string;
            /**
             * Step
             * @default 1
             */
            step: number;
            /** Value */
            value: number;
        };
        /**
         * Slots
         * @description Jobs that run, and that could.
         */
        Slots: {
            /** Total */
            total: number;
            /** Used */
            used: number;
        };
        /**
         * TagCount
         * @description A tag and how often it is used.
         */
        TagCount: {
            /** Count */
            count: number;
            /** Tag */
            tag: string;
        };
        /**
         * TallyAnswer
         * @description What one user, key or model made. `name` is None for jobs that came without a key.
         */
        TallyAnswer: {
            /** Images */
            images: number;
            /** Jobs */
            jobs: number;
            /** Label */
            label: string | null;
            /** Mean Seconds */
            mean_seconds: number | null;
            /** Megapixel Steps */
            megapixel_steps: number;
            /** Name */
            name: string | null;
        };
        /**
         * TaskAnswer
         * @description How far one task is.
         */
        TaskAnswer: {
            /**
             * Active
             * @default false
             */
            active: boolean;
            /**
             * Completed
             * @default false
             */
            completed: boolean;
            /** Eta */
            eta?: number | null;
            /** Id Live Preview */
            id_live_preview?: number | null;
            /** Live Preview */
            live_preview?: string | null;
            /** Progress */
            progress?: number | null;
            /**
             * Queued
             * @default false
             */
            queued: boolean;
            /** Textinfo */
            textinfo?: string | null;
        };
        /**
         * TaskBody
         * @description Which task is asked about: the `force_task_id` of its request.
         */
        TaskBody: {
            /**
             * Id Live Preview
             * @default -1
             */
            id_live_preview: number;
            /**
             * Id Task
             * @default
             */
            id_task: string;
            /**
             * Live Preview
             * @default true
             */
            live_preview: boolean;
        };
        /**
         * Template
         * @description A prompt with places to fill in.
         */
        Template: {
            /** Name */
            name: string;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string;
            /**
             * Placeholders
             * @default []
             */
            placeholders: components["schemas"]["Placeholder"][];
            /** Prompt */
            prompt: string;
            /**
             * Titles
             * @description by language: en, de, fr, pt
             * @default {}
             */
            titles: {
                [key: string]: string;
            };
        };
        /**
         * TextBody
         * @description A prompt to try the rules on.
         */
        TextBody: {
            /** Text */
            text: string;
        };
        /**
         * TokenDetails
         * @description Of the input.
         */
        TokenDetails: {
            /**
             * Image Tokens
             * @default 0
             */
            image_tokens: number;
            /** Text Tokens */
            text_tokens: number;
        };
        /**
         * Tokens
         * @description Of a new or refreshed session. Both are null when they went into cookies.
         */
        Tokens: {
            /** Access Token */
            access_token: string | null;
            /** Expires In */
            expires_in: number;
            /** Refresh Token */
            refresh_token: string | null;
            /** Session Id */
            session_id: string;
            /**
             * Token Type
             * @default Bearer
             * @constant
             */
            token_type: "Bearer";
        };
        /**
         * TokensBody
         * @description Prompts to count.
         */
        TokensBody: {
            /** @default original */
            emphasis: components["schemas"]["Emphasis"];
            /** Guidance Scale */
            guidance_scale?: number | null;
            /** Model */
            model?: string | null;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string;
            /** Num Inference Steps */
            num_inference_steps?: number | null;
            /** Prompt */
            prompt: string;
        };
        /**
         * Txt2ImgBody
         * @description From a prompt.
         */
        Txt2ImgBody: {
            /**
             * Alwayson Scripts
             * @default {}
             */
            alwayson_scripts: {
                [key: string]: unknown;
            };
            /**
             * Batch Size
             * @default 1
             */
            batch_size: number;
            /**
             * Cfg Scale
             * @default 7
             */
            cfg_scale: number;
            /** Clip Skip */
            clip_skip?: number | null;
            /**
             * Denoising Strength
             * @default 0.75
             */
            denoising_strength: number;
            /**
             * Enable Hr
             * @default false
             */
            enable_hr: boolean;
            /** Eta */
            eta?: number | null;
            /** Force Task Id */
            force_task_id?: string | null;
            /**
             * Height
             * @default 512
             */
            height: number;
            /**
             * Hr Resize X
             * @default 0
             */
            hr_resize_x: number;
            /**
             * Hr Resize Y
             * @default 0
             */
            hr_resize_y: number;
            /**
             * Hr Scale
             * @default 2
             */
            hr_scale: number;
            /**
             * Hr Second Pass Steps
             * @default 0
             */
            hr_second_pass_steps: number;
            /**
             * Hr Upscaler
             * @default Latent
             */
            hr_upscaler: string;
            /**
             * N Iter
             * @default 1
             */
            n_iter: number;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string;
            /**
             * Override Settings
             * @default {}
             */
            override_settings: {
                [key: string]: unknown;
            };
            /**
             * Override Settings Restore Afterwards
             * @default true
             */
            override_settings_restore_afterwards: boolean;
            /**
             * Prompt
             * @default
             */
            prompt: string;
            /**
             * Restore Faces
             * @default false
             */
            restore_faces: boolean;
            /**
             * Sampler Index
             * @default Euler
             */
            sampler_index: string;
            /**
             * Sampler Name
             * @default
             */
            sampler_name: string;
            /**
             * Scheduler
             * @default
             */
            scheduler: string;
            /** Script Name */
            script_name?: string | null;
            /**
             * Seed
             * @default -1
             */
            seed: number;
            /**
             * Send Images
             * @default true
             */
            send_images: boolean;
            /**
             * Steps
             * @default 50
             */
            steps: number;
            /**
             * Styles
             * @default []
             */
            styles: string[];
            /**
             * Subseed
             * @default -1
             */
            subseed: number;
            /**
             * Subseed Strength
             * @default 0
             */
            subseed_strength: number;
            /**
             * Tiling
             * @default false
             */
            tiling: boolean;
            /**
             * Width
             * @default 512
             */
            width: number;
        };
        /**
         * UnitCount
         * @description How many units a request may have.
         */
        UnitCount: {
            /** Control Net Unit Count */
            control_net_unit_count: number;
        };
        /**
         * Upload
         * @description A picture that requests may name by its `id` until it expires.
         */
        Upload: {
            /** Bytes */
            bytes: number;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Height */
            height: number;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /** Width */
            width: number;
        };
        /**
         * Upscaler
         * @description How a picture is made larger.
         */
        Upscaler: {
            /** Model Name */
            model_name?: string | null;
            /** Model Path */
            model_path?: string | null;
            /** Model Url */
            model_url?: string | null;
            /** Name */
            name: string;
            /**
             * Scale
             * @default 4
             */
            scale: number;
        };
        /**
         * Usage
         * @description What the request cost, in OpenAI's terms and ours. Text tokens are counted as words and signs, an estimate.
         */
        Usage: {
            /** Images */
            images: number;
            /** Input Tokens */
            input_tokens: number;
            input_tokens_details: components["schemas"]["TokenDetails"];
            /** Megapixel Steps */
            megapixel_steps: number;
            /** Output Tokens */
            output_tokens: number;
            /** Total Tokens */
            total_tokens: number;
        };
        /**
         * Used
         * @description What has been used; of the day, or right now.
         */
        Used: {
            /** Images Today */
            images_today: number;
            /** Megapixel Steps Today */
            megapixel_steps_today: number;
            /** Queued Jobs */
            queued_jobs: number;
            /** Stored Bytes */
            stored_bytes: number;
        };
        /**
         * User
         * @description A person.
         */
        User: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Email */
            email: string;
            /** Id */
            id: string;
            /** Limits */
            limits: {
                [key: string]: unknown;
            };
            /** Name */
            name: string;
            preferences: components["schemas"]["Preferences"];
            role: components["schemas"]["Role"];
            /** Signed In At */
            signed_in_at: string | null;
            /** Status */
            status: string;
            /** Timezone */
            timezone: string;
        };
        /**
         * UserBody
         * @description What an administrator may change of others.
         */
        UserBody: {
            limits?: components["schemas"]["Limits"] | null;
            /** Name */
            name?: string | null;
            preferences?: components["schemas"]["Preferences"] | null;
            role?: components["schemas"]["Role"] | null;
            /** Status */
            status?: ("active" | "disabled") | null;
            /** Timezone */
            timezone?: string | null;
        };
        /**
         * UserList
         * @description A page of users, oldest first.
         */
        UserList: {
            /** Next */
            next: string | null;
            /** Results */
            results: components["schemas"]["User"][];
        };
        /**
         * Verification
         * @description What a picture tells. `unknown` says that no mark was found, not that it was not generated.
         */
        Verification: {
            c2pa: components["schemas"]["SealAnswer"];
            /** Format */
            format: string;
            /** Height */
            height: number;
            /** Recipe */
            recipe: {
                [key: string]: unknown;
            } | null;
            /** Recipe From */
            recipe_from: string | null;
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "made_here" | "generated" | "altered" | "unknown";
            watermark: components["schemas"]["WatermarkAnswer"];
            /** Width */
            width: number;
            xmp: components["schemas"]["XmpAnswer"];
        };
        /**
         * Version
         * @description Of the extension's API that this speaks.
         */
        Version: {
            /** Version */
            version: number;
        };
        /**
         * WatermarkAnswer
         * @description The mark in the pixels: it survives compression and resizing, and says which installation.
         */
        WatermarkAnswer: {
            /** Confidence */
            confidence: number;
            /** Id */
            id: string | null;
            /** Is This Installation */
            is_this_installation: boolean;
            /** Present */
            present: boolean;
        };
        /**
         * Webhook
         * @description An address that is told of its owner's jobs. `disabled_reason` says why the service stopped telling it.
         */
        Webhook: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Description */
            description: string;
            /** Disabled Reason */
            disabled_reason: string | null;
            /** Events */
            events: string[];
            /** Id */
            id: string;
            /** Is Enabled */
            is_enabled: boolean;
            /** Last Success At */
            last_success_at: string | null;
            /** Url */
            url: string;
        };
        /**
         * WebhookBody
         * @description A new webhook. Without `events` it is told of output and completed.
         */
        WebhookBody: {
            /**
             * Description
             * @default
             */
            description: string;
            /** Events */
            events?: string[] | null;
            /**
             * Url
             * @description https; http for hosts the operator allows
             */
            url: string;
        };
        /**
         * WebhookChange
         * @description What is to change; what is left out stays.
         */
        WebhookChange: {
            /** Description */
            description?: string | null;
            /** Events */
            events?: string[] | null;
            /** Is Enabled */
            is_enabled?: boolean | null;
            /** Url */
            url?: string | null;
        };
        /**
         * WebhookSecret
         * @description A secret; `key` is Replicate's name of it.
         */
        WebhookSecret: {
            /** Key */
            key: string;
        };
        /**
         * Wildcard
         * @description A wildcard: `__name__` stands for one of its choices.
         */
        Wildcard: {
            /** Choices */
            choices: number;
            /** Examples */
            examples: string[];
            /** Name */
            name: string;
        };
        /**
         * XmpAnswer
         * @description The XMP packet: plain text that anybody can change.
         */
        XmpAnswer: {
            /** Digital Source Type */
            digital_source_type: string | null;
            /** Present */
            present: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    control_types_controlnet_control_types_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ControlTypes"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    detect_controlnet_detect_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DetectBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Detected"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    model_list_controlnet_model_list_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ControlNetList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    module_list_controlnet_module_list_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    settings_controlnet_settings_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitCount"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    version_controlnet_version_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    get_file_files__image_id__get: {
        parameters: {
            query?: {
                expires?: number | null;
                signature?: string;
            };
            header?: {
                "if-none-match"?: string;
                range?: string | null;
            };
            path: {
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_thumbnail_files__image_id__thumbnail_get: {
        parameters: {
            query?: {
                expires?: number | null;
                signature?: string;
            };
            header?: {
                "if-none-match"?: string;
                range?: string | null;
            };
            path: {
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    task_progress_internal_progress_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    metrics_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readyz_readyz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthAnswer"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthAnswer"];
                };
            };
        };
    };
    cmd_flags_sdapi_v1_cmd_flags_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    embeddings_sdapi_v1_embeddings_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Embeddings"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    nothing_sdapi_v1_extensions_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Named"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    nothing_sdapi_v1_face_restorers_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Named"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    nothing_sdapi_v1_hypernetworks_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Named"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    img2img_sdapi_v1_img2img_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Img2ImgBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    interrupt_sdapi_v1_interrupt_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    latent_upscale_modes_sdapi_v1_latent_upscale_modes_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Named"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    loras_sdapi_v1_loras_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lora"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    memory_sdapi_v1_memory_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Memory"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    get_options_sdapi_v1_options_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    set_options_sdapi_v1_options_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    png_info_sdapi_v1_png_info_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["gateway__a1111__schemas__PictureBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PngInfo"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    progress_sdapi_v1_progress_get: {
        parameters: {
            query?: {
                skip_current_image?: boolean;
            };
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProgressAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    prompt_styles_sdapi_v1_prompt_styles_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway__a1111__lists__schemas__Style"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    nothing_sdapi_v1_realesrgan_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Named"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    refresh_sdapi_v1_refresh_checkpoints_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    refresh_sdapi_v1_refresh_embeddings_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    refresh_sdapi_v1_refresh_loras_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    refresh_sdapi_v1_refresh_vae_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    samplers_sdapi_v1_samplers_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sampler"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    schedulers_sdapi_v1_schedulers_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scheduler"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    script_info_sdapi_v1_script_info_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScriptInfo"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    scripts_sdapi_v1_scripts_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scripts"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    sd_models_sdapi_v1_sd_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Checkpoint"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    nothing_sdapi_v1_sd_vae_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Named"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    interrupt_sdapi_v1_skip_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    txt2img_sdapi_v1_txt2img_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Txt2ImgBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    upscalers_sdapi_v1_upscalers_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upscaler"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["A1111Error"];
                };
            };
        };
    };
    announce_v1_admin_announcement_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnnouncementBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Announcement"] | null;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_v1_admin_announcement_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drains_v1_admin_drains_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DrainAnswer"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drain_v1_admin_drains__model__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undrain_v1_admin_drains__model__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    figures_v1_admin_figures_get: {
        parameters: {
            query?: {
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiguresAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    figures_by_v1_admin_figures__by__get: {
        parameters: {
            query?: {
                hours?: number;
            };
            header?: never;
            path: {
                by: "user" | "key" | "model";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TallyAnswer"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_installations_v1_admin_installations_get: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstallationList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    install_v1_admin_installations_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InstallationBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Installation"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_installation_v1_admin_installations__installation_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                installation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Installation"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_v1_admin_installations__installation_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                installation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Installation"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    installation_events_v1_admin_installations__installation_id__events_get: {
        parameters: {
            query?: {
                after?: number;
            };
            header?: {
                "last-event-id"?: string;
            };
            path: {
                installation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_v1_admin_installations__installation_id__pause_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                installation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Installation"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_v1_admin_installations__installation_id__resume_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                installation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Installation"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview_v1_admin_installations_previews_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InstallationPreviewBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_v1_admin_jobs__job_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_all_keys_v1_admin_keys_get: {
        parameters: {
            query?: {
                after?: string | null;
                limit?: number;
                user?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_any_key_v1_admin_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_files_v1_admin_model_files__kind__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: components["schemas"]["FileKind"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelFileAnswer"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_file_v1_admin_model_files__kind___name__delete: {
        parameters: {
            query?: {
                purge?: boolean;
            };
            header?: never;
            path: {
                kind: components["schemas"]["FileKind"];
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelFileAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_file_v1_admin_model_files__kind___name__restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: components["schemas"]["FileKind"];
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelFileAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models_v1_admin_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminModel"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_v1_admin_models__name__delete: {
        parameters: {
            query?: {
                purge?: boolean;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedModel"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_controlnets_v1_admin_models__name__controlnets_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ControlNetAnswer"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_controlnet_v1_admin_models__name__controlnets__controlnet__delete: {
        parameters: {
            query?: {
                purge?: boolean;
            };
            header?: never;
            path: {
                controlnet: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ControlNetAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_controlnet_v1_admin_models__name__controlnets__controlnet__restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                controlnet: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ControlNetAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    load_v1_admin_models__name__load_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminModel"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_v1_admin_models__name__restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedModel"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unload_v1_admin_models__name__unload_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminModel"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_deleted_v1_admin_models_deleted_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedModel"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    queue_v1_admin_queue_get: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                status?: components["schemas"]["JobStatus"][] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_v1_admin_queue_paused_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PausedBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PausedBody"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    settings_v1_admin_settings_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingAnswer"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    usage_v1_admin_usage_get: {
        parameters: {
            query?: {
                by?: ("user" | "key" | "model") | null;
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DayAnswer"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_albums_v1_albums_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Album"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_album_v1_albums_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlbumBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Album"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_album_v1_albums__album_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                album_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_album_v1_albums__album_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                album_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlbumChange"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    announcement_v1_announcement_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Announcement"] | null;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_acts_v1_audit_get: {
        parameters: {
            query?: {
                action?: string | null;
                actor?: string | null;
                cursor?: string | null;
                limit?: number;
                outcome?: ("done" | "refused") | null;
                since?: string | null;
                target?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_acts_v1_audit_export_get: {
        parameters: {
            query?: {
                action?: string | null;
                actor?: string | null;
                outcome?: ("done" | "refused") | null;
                since?: string | null;
                target?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": unknown;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me_v1_auth_me_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_me_v1_auth_me_patch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MeBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erase_me_v1_auth_me_erase_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EraseBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_me_v1_auth_me_export_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": unknown;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    methods_v1_auth_methods_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Methods"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    callback_v1_auth_oidc_callback_get: {
        parameters: {
            query?: {
                code?: string;
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out_v1_auth_oidc_sign_out_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedOut"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_v1_auth_oidc_start_get: {
        parameters: {
            query?: {
                back_to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_password_v1_auth_password_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    providers_v1_auth_providers_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInProvider"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh_v1_auth_refresh_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RefreshBody"] | null;
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register_v1_auth_register_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reset_password_v1_auth_reset_password_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sessions_v1_auth_sessions_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    end_session_v1_auth_sessions__session_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_up_v1_auth_setup_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in_v1_auth_sign_in_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out_v1_auth_sign_out_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out_everywhere_v1_auth_sign_out_everywhere_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_controls_v1_controls_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Controls"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview_control_v1_controls_preview_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ControlPreviewBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search_v1_history_get: {
        parameters: {
            query?: {
                before?: number | null;
                limit?: number;
                query?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PictureList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_picture_v1_history__image_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Picture"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    trash_picture_v1_history__image_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    mark_picture_v1_history__image_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                image_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["gateway__history__schemas__PictureBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Picture"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    copy_picture_v1_history__image_id__copy_get: {
        parameters: {
            query?: {
                format?: components["schemas"]["ImageFormat"];
                /** @description means nothing to PNG, which loses nothing */
                quality?: number;
                /** @description whether the file tells how the picture was made */
                recipe?: boolean;
            };
            header?: never;
            path: {
                image_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    empty_trash_v1_history_empty_trash_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway__history__schemas__Count"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_pictures_v1_history_restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SelectionBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway__history__schemas__Count"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    trash_pictures_v1_history_trash_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SelectionBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway__history__schemas__Count"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    download_v1_history_zip_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SelectionBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit_v1_images_edits_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Background */
                    background?: string | null;
                    /** Deadline S */
                    deadline_s?: number | null;
                    /** Embed Recipe */
                    embed_recipe?: boolean | null;
                    /** Guidance Scale */
                    guidance_scale?: number | null;
                    images: Record<string, never>[];
                    /** Input Fidelity */
                    input_fidelity?: string | null;
                    mask?: Record<string, never>;
                    /** Mask Blur */
                    mask_blur?: number | null;
                    /** Mask Content */
                    mask_content?: string | null;
                    /** Model */
                    model?: string | null;
                    /** Moderation */
                    moderation?: string | null;
                    /** N */
                    n?: number | null;
                    /** Negative Prompt */
                    negative_prompt?: string | null;
                    /** Num Inference Steps */
                    num_inference_steps?: number | null;
                    /** Only Masked */
                    only_masked?: boolean | null;
                    /** Only Masked Padding */
                    only_masked_padding?: number | null;
                    /** Output Compression */
                    output_compression?: number | null;
                    /** Output Format */
                    output_format?: string | null;
                    /** Partial Images */
                    partial_images?: number | null;
                    /** Priority */
                    priority?: number | null;
                    /** Prompt */
                    prompt?: string;
                    /** Quality */
                    quality?: string | null;
                    /** Resize Mode */
                    resize_mode?: string | null;
                    /** Response Format */
                    response_format?: string | null;
                    /** Safety */
                    safety?: ("off" | "blur" | "block") | null;
                    /** Sampler */
                    sampler?: string | null;
                    /** Schedule */
                    schedule?: string | null;
                    /** Scheduler */
                    scheduler?: string | null;
                    /** Seed */
                    seed?: number | null;
                    /** Size */
                    size?: string | null;
                    /** Store */
                    store?: boolean | null;
                    /** Stream */
                    stream?: boolean | null;
                    /** Stream Progress */
                    stream_progress?: boolean | null;
                    /** Strength */
                    strength?: number | null;
                    /** Style */
                    style?: string | null;
                    /** User */
                    user?: string | null;
                };
                "multipart/form-data": {
                    /** Background */
                    background?: string | null;
                    /** Deadline S */
                    deadline_s?: number | null;
                    /** Embed Recipe */
                    embed_recipe?: boolean | null;
                    /** Guidance Scale */
                    guidance_scale?: number | null;
                    /** Format: binary */
                    image: string;
                    /** Input Fidelity */
                    input_fidelity?: string | null;
                    /** Format: binary */
                    mask?: string;
                    /** Mask Blur */
                    mask_blur?: number | null;
                    /** Mask Content */
                    mask_content?: string | null;
                    /** Model */
                    model?: string | null;
                    /** Moderation */
                    moderation?: string | null;
                    /** N */
                    n?: number | null;
                    /** Negative Prompt */
                    negative_prompt?: string | null;
                    /** Num Inference Steps */
                    num_inference_steps?: number | null;
                    /** Only Masked */
                    only_masked?: boolean | null;
                    /** Only Masked Padding */
                    only_masked_padding?: number | null;
                    /** Output Compression */
                    output_compression?: number | null;
                    /** Output Format */
                    output_format?: string | null;
                    /** Partial Images */
                    partial_images?: number | null;
                    /** Priority */
                    priority?: number | null;
                    /** Prompt */
                    prompt?: string;
                    /** Quality */
                    quality?: string | null;
                    /** Resize Mode */
                    resize_mode?: string | null;
                    /** Response Format */
                    response_format?: string | null;
                    /** Safety */
                    safety?: ("off" | "blur" | "block") | null;
                    /** Sampler */
                    sampler?: string | null;
                    /** Schedule */
                    schedule?: string | null;
                    /** Scheduler */
                    scheduler?: string | null;
                    /** Seed */
                    seed?: number | null;
                    /** Size */
                    size?: string | null;
                    /** Store */
                    store?: boolean | null;
                    /** Stream */
                    stream?: boolean | null;
                    /** Stream Progress */
                    stream_progress?: boolean | null;
                    /** Strength */
                    strength?: number | null;
                    /** Style */
                    style?: string | null;
                    /** User */
                    user?: string | null;
                };
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImagesAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
        };
    };
    generate_v1_images_generations_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerationBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImagesAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
        };
    };
    vary_v1_images_variations_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
                "x-stainless-retry-count"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Background */
                    background?: string | null;
                    /** Deadline S */
                    deadline_s?: number | null;
                    /** Embed Recipe */
                    embed_recipe?: boolean | null;
                    /** Guidance Scale */
                    guidance_scale?: number | null;
                    /** Format: binary */
                    image: string;
                    /** Model */
                    model?: string | null;
                    /** Moderation */
                    moderation?: string | null;
                    /** N */
                    n?: number | null;
                    /** Negative Prompt */
                    negative_prompt?: string | null;
                    /** Num Inference Steps */
                    num_inference_steps?: number | null;
                    /** Output Compression */
                    output_compression?: number | null;
                    /** Output Format */
                    output_format?: string | null;
                    /** Partial Images */
                    partial_images?: number | null;
                    /** Priority */
                    priority?: number | null;
                    /**
                     * Prompt
                     * @default
                     */
                    prompt?: string;
                    /** Quality */
                    quality?: string | null;
                    /** Response Format */
                    response_format?: string | null;
                    /** Safety */
                    safety?: ("off" | "blur" | "block") | null;
                    /** Sampler */
                    sampler?: string | null;
                    /** Schedule */
                    schedule?: string | null;
                    /** Scheduler */
                    scheduler?: string | null;
                    /** Seed */
                    seed?: number | null;
                    /** Size */
                    size?: string | null;
                    /** Store */
                    store?: boolean | null;
                    /** Stream */
                    stream?: boolean | null;
                    /** Stream Progress */
                    stream_progress?: boolean | null;
                    /** Strength */
                    strength?: number | null;
                    /** Style */
                    style?: string | null;
                    /** User */
                    user?: string | null;
                };
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImagesAnswer"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
        };
    };
    list_invitations_v1_invitations_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invite_v1_invitations_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OneTimeToken"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_invitation_v1_invitations__invitation_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invitation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_jobs_v1_jobs_get: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                status?: components["schemas"]["JobStatus"][] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_job_v1_jobs_post: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string | null;
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The same job, made before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_job_v1_jobs__job_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_job_v1_jobs__job_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_job_v1_jobs__job_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    job_events_v1_jobs__job_id__events_get: {
        parameters: {
            query?: {
                after?: number;
            };
            header?: {
                "last-event-id"?: string;
            };
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_input_v1_jobs__job_id__inputs__field__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `image`, `mask`, or a control's map: `controls[0].image` */
                field: string;
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_job_v1_jobs__job_id__retry_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys_v1_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_key_v1_keys_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_key_v1_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_key_v1_keys__key_id__rotate_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_loras_v1_loras_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoraFile"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models_v1_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
        };
    };
    get_model_v1_models__model_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAIError"];
                };
            };
        };
    };
    list_embeddings_v1_prompts_embeddings_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string[];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    expand_prompts_v1_prompts_expand_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExpandBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreparedPrompts"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_styles_v1_prompts_styles_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway__prompts__items__Style"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suggest_v1_prompts_suggestions_get: {
        parameters: {
            query?: {
                category?: components["schemas"]["Category"] | null;
                /** @description of the words; without it, all */
                language?: components["schemas"]["Language"] | null;
                limit?: number;
                /** @description leaves out tags of other models */
                model?: string | null;
                /** @description what was typed so far */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundTag"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_templates_v1_prompts_templates_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    fill_template_v1_prompts_templates__name__fill_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FillBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreparedPrompts"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_tokens_v1_prompts_tokens_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokensBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["gateway__prompts__schemas__Count"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_wildcards_v1_prompts_wildcards_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wildcard"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_v1_provenance_verify_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    image: string;
                };
                "image/jpeg": string;
                "image/png": string;
                "image/webp": string;
                "multipart/form-data": {
                    /** Format: binary */
                    image: string;
                };
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    my_quota_v1_quota_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Quota"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    limits_of_role_v1_roles__role__limits_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                role: components["schemas"]["Role"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Limits"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_limits_of_role_v1_roles__role__limits_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                role: components["schemas"]["Role"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Limits"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Limits"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policy_of_role_v1_roles__role__safety_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                role: components["schemas"]["Role"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SafetyPolicy"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_policy_of_role_v1_roles__role__safety_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                role: components["schemas"]["Role"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SafetyPolicy"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SafetyPolicy"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    my_safety_v1_safety_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Safety"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_rules_v1_safety_rules_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SafetyRule"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_rule_v1_safety_rules_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SafetyRule"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_rule_v1_safety_rules__rule_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    match_rules_v1_safety_rules_match_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TextBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Matched"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tags_v1_tags_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagCount"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload_v1_uploads_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "image/jpeg": string;
                "image/png": string;
                "image/webp": string;
                "multipart/form-data": {
                    /** Format: binary */
                    image: string;
                };
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_upload_v1_uploads__upload_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_upload_v1_uploads__upload_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload_by_address_v1_uploads_by_address_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddressBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_users_v1_users_get: {
        parameters: {
            query?: {
                after?: string | null;
                id?: string[] | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_user_v1_users__user_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erase_user_v1_users__user_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_user_v1_users__user_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_user_v1_users__user_id__export_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": unknown;
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quota_of_user_v1_users__user_id__quota_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Quota"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_reset_token_v1_users__user_id__reset_password_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OneTimeToken"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_webhooks_v1_webhooks_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"][];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_webhook_v1_webhooks_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_webhook_v1_webhooks__webhook_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_webhook_v1_webhooks__webhook_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_webhook_v1_webhooks__webhook_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChange"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_deliveries_v1_webhooks__webhook_id__deliveries_get: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_webhook_v1_webhooks__webhook_id__rotate_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateBody"];
            };
        };
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_webhook_v1_webhooks__webhook_id__test_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_default_secret_v1_webhooks_default_secret_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_delivery_v1_webhooks_deliveries__delivery_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliver_v1_webhooks_deliveries__delivery_id__redeliver_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not acceptable, not allowed, not there, or too much: the code says which */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description Not possible for the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
