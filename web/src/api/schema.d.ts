// Made by scripts/schema.mjs from openapi.json; not to be edited.

export interface paths {
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Capabilities
         * @description What a pipeline can do, and its bounds.
         */
        Capabilities: {
            /**
             * Controlnet
             * @default []
             */
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
            /**
             * Img2Img
             * @default false
             */
            img2img: boolean;
            /**
             * Inpaint
             * @default false
             */
            inpaint: boolean;
            /**
             * Lora
             * @default false
             */
            lora: boolean;
            /** Max Images */
            max_images: number;
            /** Max Pixels */
            max_pixels: number;
            /** Max Prompt Chars */
            max_prompt_chars: number;
            /** Max Size */
            max_size: number;
            /** Max Steps */
            max_steps: number;
            /** Min Size */
            min_size: number;
            /**
             * Negative Prompt
             * @default true
             */
            negative_prompt: boolean;
            /** Size Multiple */
            size_multiple: number;
            /**
             * Transparent
             * @default false
             */
            transparent: boolean;
            /**
             * Txt2Img
             * @default true
             */
            txt2img: boolean;
        };
        /**
         * GenerationBody
         * @description What a client sends. OpenAI's enums are open: newer values are read as the nearest that exist here.
         */
        GenerationBody: {
            /** Background */
            background?: string | null;
            /** Deadline S */
            deadline_s?: number | null;
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
        /** HTTPValidationError */
        HTTPValidationError: {
            /** Detail */
            detail?: components["schemas"]["ValidationError"][];
        };
        /**
         * ImageData
         * @description One image and the seed that makes it again.
         */
        ImageData: {
            /** B64 Json */
            b64_json: string;
            /** Seed */
            seed: number;
        };
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
            /** Output Format */
            output_format: string;
            /** Quality */
            quality: string;
            /** Size */
            size: string;
            usage: components["schemas"]["Usage"];
        };
        /**
         * Job
         * @description A job. `output` holds the links of `images`, as Replicate's clients expect them; they expire.
         */
        Job: {
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
            /** Deadline S */
            deadline_s?: number | null;
            /** Guidance Scale */
            guidance_scale?: number | null;
            /** Height */
            height?: number | null;
            /** Negative Prompt */
            negative_prompt?: string | null;
            /** Num Images */
            num_images?: number | null;
            /** Num Inference Steps */
            num_inference_steps?: number | null;
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
            /** Sampler */
            sampler?: string | null;
            /** Schedule */
            schedule?: string | null;
            /** Seed */
            seed?: number | null;
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
        /** ValidationError */
        ValidationError: {
            /** Context */
            ctx?: Record<string, never>;
            /** Input */
            input?: unknown;
            /** Location */
            loc: (string | number)[];
            /** Message */
            msg: string;
            /** Error Type */
            type: string;
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthAnswer"];
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImagesAnswer"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
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
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
}
