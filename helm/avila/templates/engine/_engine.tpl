{{/* Where a pool's pods may run. Argument: the pool. */}}
{{- define "avila.placement" -}}
{{- $selector := deepCopy .nodeSelector -}}
{{- if eq .device "gpu" -}}
{{- if .gpu.product -}}
{{- $_ := set $selector "nvidia.com/gpu.product" .gpu.product -}}
{{- end -}}
{{- if .gpu.computeCapability -}}
{{- $version := splitList "." .gpu.computeCapability -}}
{{- $_ := set $selector "nvidia.com/gpu.compute.major" (first $version) -}}
{{- $_ := set $selector "nvidia.com/gpu.compute.minor" (last $version) -}}
{{- end -}}
{{- end -}}
{{- if and .runtimeClassName (eq .device "gpu") }}
runtimeClassName: {{ .runtimeClassName }}
{{- end }}
{{- with $selector }}
nodeSelector:
  {{- range $key, $value := . }}
  {{ $key }}: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- if and .tolerations (eq .device "gpu") }}
tolerations:
  {{- toYaml .tolerations | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Which configuration of each model Triton takes: config.pbtxt unless one of this name is there. Argument: the pool. */}}
{{- define "avila.configName" -}}
{{- if eq .device "cpu" -}}
cpu
{{- else if include "avila.migProfile" . -}}
mig-{{ include "avila.migProfile" . }}
{{- end -}}
{{- end -}}

{{/* Triton and its watchdog, as sidecars: they start before the worker and are stopped after it.
     (dict "root" $ "pool" pool) */}}
{{- define "avila.engineSidecars" -}}
{{- $values := .root.Values.engine }}
{{- $isCpu := eq .pool.device "cpu" }}
{{- $exposed := eq (include "avila.isGrpcExposed" .root) "true" }}
- name: triton
  image: {{ include "avila.image" (dict "root" .root "image" (ternary .root.Values.images.tritonCpu .root.Values.images.triton $isCpu)) }}
  imagePullPolicy: {{ .root.Values.images.pullPolicy }}
  restartPolicy: Always
  # The image's entry point makes /run/avila/control-token and closes the repository, shared memory, tracing and
  # logging to whoever does not have it.
  args:
    - --model-repository=/models/repository
    - --http-address=0.0.0.0
    - --http-port=8000
    - --grpc-address={{ ternary "0.0.0.0" "127.0.0.1" $exposed }}
    - --grpc-port=8001
    - --metrics-address=0.0.0.0
    - --metrics-port=8002
    - --model-control-mode=explicit
    - --exit-on-error=false
    - --strict-readiness=false
    - --disable-auto-complete-config
    - --exit-timeout-secs=10
    - --log-format=ISO8601
    - --log-verbose={{ $values.logVerbose }}
    {{- with include "avila.configName" .pool }}
    - --model-config-name={{ . }}
    {{- end }}
    {{- if $isCpu }}
    - --allow-gpu-metrics=false
    - --pinned-memory-pool-byte-size=0
    {{- end }}
  env:
    - {name: AVILA_MAX_QUEUE, value: {{ $values.maxQueue | quote }}}
    {{- range $name, $value := include "avila.adapterSettings" .root | fromYaml }}
    - {name: {{ $name }}, value: {{ $value | quote }}}
    {{- end }}
    {{- range $name, $value := .root.Values.settings }}
    {{- if has $name (list "AVILA_COMPONENT_PRECISION" "AVILA_COMPONENT_RUNTIME" "AVILA_COMPONENT_THREADS") }}
    - {name: {{ $name }}, value: {{ $value | quote }}}
    {{- end }}
    {{- end }}
  ports:
    - {name: triton-http, containerPort: 8000}
    - {name: triton-grpc, containerPort: 8001}
    - {name: triton-metrics, containerPort: 8002}
  # Passes when the server answers; until then nothing else in the pod starts. The worker loads the pipelines.
  startupProbe:
    {{- include "avila.httpProbe" (dict "path" "/v2/health/ready" "port" "triton-http" "period" 10 "timeout" 5 "failures" (div (add $values.startupSeconds 9) 10)) | nindent 4 }}
  readinessProbe:
    {{- include "avila.httpProbe" (dict "path" "/v2/health/ready" "port" "triton-http" "period" 10 "timeout" 5 "failures" 3) | nindent 4 }}
  livenessProbe:
    {{- include "avila.httpProbe" (dict "path" "/v2/health/live" "port" "triton-http" "period" 15 "timeout" 10 "failures" 6) | nindent 4 }}
  securityContext:
    {{- include "avila.containerSecurity" .root | nindent 4 }}
  {{- $resources := deepCopy .pool.triton.resources }}
  {{- if not $isCpu }}
  {{- $_ := set $resources "limits" (merge (dict .pool.gpu.resource 1) (default dict $resources.limits)) }}
  {{- end }}
  resources:
    {{- toYaml $resources | nindent 4 }}
  volumeMounts:
    - {name: models, mountPath: /models, readOnly: true}
    - {name: run, mountPath: /run/avila}
    - {name: shm, mountPath: /dev/shm}
    - {name: triton-tmp, mountPath: /tmp}
- name: watchdog
  image: {{ include "avila.image" (dict "root" .root "image" .root.Values.images.gateway) }}
  imagePullPolicy: {{ .root.Values.images.pullPolicy }}
  restartPolicy: Always
  command: [python, -m, avila, watchdog]
  ports:
    - {name: watchdog-ops, containerPort: 9092}
  envFrom:
    - configMapRef: {name: {{ include "avila.fullname" .root }}-settings}
  env:
    - {name: AVILA_OPS_PORT, value: "9092"}
    - {name: AVILA_WATCHDOG_INTERVAL_S, value: {{ $values.watchdog.intervalSeconds | quote }}}
    - {name: AVILA_TRITON_CONTROL_TOKEN_FILE, value: /run/avila/control-token}
  startupProbe:
    {{- include "avila.httpProbe" (dict "path" "/health" "port" "watchdog-ops" "period" 2 "timeout" 2 "failures" 60) | nindent 4 }}
  # A real inference through every network: Triton's own readiness stays 200 when a model's process is dead.
  readinessProbe:
    {{- include "avila.httpProbe" (dict "path" "/readyz" "port" "watchdog-ops" "period" 5 "timeout" 6 "failures" 2) | nindent 4 }}
  livenessProbe:
    {{- include "avila.httpProbe" (dict "path" "/health" "port" "watchdog-ops" "period" 10 "timeout" 5 "failures" 6) | nindent 4 }}
  securityContext:
    {{- include "avila.containerSecurity" .root | nindent 4 }}
  resources:
    {{- toYaml $values.watchdog.resources | nindent 4 }}
  volumeMounts:
    - {name: run, mountPath: /run/avila, readOnly: true}
    - {name: models, mountPath: /models, readOnly: true}
    - {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "avila.engineVolumes" -}}
- name: run
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
- name: shm
  emptyDir: {medium: Memory, sizeLimit: {{ .Values.engine.shmSize }}}
- name: triton-tmp
  emptyDir: {sizeLimit: 8Gi}
{{- end -}}
