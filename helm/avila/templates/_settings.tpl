{{/* Where users find the service: needed for links in answers. */}}
{{- define "avila.publicUrl" -}}
{{- if .Values.publicUrl -}}
{{ .Values.publicUrl }}
{{- else if .Values.ingress.enabled -}}
https://{{ .Values.ingress.host }}
{{- else if .Values.httpRoute.enabled -}}
https://{{ first .Values.httpRoute.hostnames }}
{{- end -}}
{{- end -}}

{{/* Where LoRAs and embeddings lie: on the model store, so that gateway, worker and Triton see the same; then those that
     the images bring. */}}
{{- define "avila.adapterSettings" -}}
AVILA_LORA_DIRS: /models/loras:/opt/avila/models/loras
AVILA_EMBEDDING_DIR: /models/embeddings
{{- end -}}

{{/* Settings that gateway, worker and watchdog share. Numbers pass through int: Helm reads large ones as floats. */}}
{{- define "avila.settings" -}}
AVILA_HOST: "0.0.0.0"
AVILA_BACKEND: triton
AVILA_DATA_DIR: /var/lib/avila
AVILA_MODEL_REPOSITORY: /models/repository
AVILA_INSTALL_MODELS: {{ .Values.installer.enabled | quote }}
AVILA_CONTROLNET_DIR: /models/controlnets
{{ include "avila.adapterSettings" . }}
AVILA_WORKER: {{ ternary "embedded" "none" (eq .Values.database.kind "sqlite") }}
AVILA_WORKER_CONCURRENCY: {{ int .Values.engine.workerConcurrency | quote }}
AVILA_TRITON_HOST: 127.0.0.1
AVILA_TRITON_HTTP_PORT: "8000"
AVILA_TRITON_GRPC_PORT: "8001"
AVILA_TRITON_METRICS_PORT: "8002"
AVILA_LOG_FORMAT: json
AVILA_LOG_LEVEL: {{ .Values.logLevel }}
{{- with include "avila.publicUrl" . }}
AVILA_PUBLIC_URL: {{ . }}
{{- end }}
{{- if eq .Values.imageStore.kind "s3" }}
AVILA_S3_BUCKET: {{ .Values.imageStore.s3.bucket }}
AVILA_S3_REGION: {{ .Values.imageStore.s3.region }}
{{- with .Values.imageStore.s3.prefix }}
AVILA_S3_PREFIX: {{ . | quote }}
{{- end }}
{{- with .Values.imageStore.s3.endpoint }}
AVILA_S3_ENDPOINT: {{ . | quote }}
{{- end }}
{{- end }}
{{- if .Values.provenance.certificateSecret.name }}
AVILA_C2PA_CERTIFICATE_FILE: /etc/avila/signing/certificate.pem
AVILA_C2PA_KEY_FILE: /etc/avila/signing/key.pem
{{- end }}
{{- if .Values.provenance.trustConfigMap.name }}
AVILA_C2PA_TRUST_FILE: /etc/avila/trust/trust.pem
{{- end }}
{{- with .Values.provenance.timestampUrl }}
AVILA_C2PA_TIMESTAMP_URL: {{ . | quote }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}
