{{- define "avila.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 30 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that select. (dict "root" $ "component" "gateway" ["pool" "gpu"]) */}}
{{- define "avila.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- with .pool }}
avila.dev/pool: {{ . }}
{{- end }}
{{- end -}}

{{- define "avila.labels" -}}
{{ include "avila.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* (dict "root" $ "image" .Values.images.gateway) */}}
{{- define "avila.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ default .root.Chart.AppVersion .image.tag }}
{{- end -}}
{{- end -}}

{{- define "avila.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "avila.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{- define "avila.isStandalone" -}}
{{- if eq .Values.database.kind "sqlite" }}true{{ end -}}
{{- end -}}

{{- define "avila.isGrpcExposed" -}}
{{- if and .Values.engine.grpc.exposed (not (include "avila.isStandalone" .)) }}true{{ end -}}
{{- end -}}

{{/* Enabled pools with the defaults filled in, as JSON: {name: pool}. */}}
{{- define "avila.pools" -}}
{{- $pools := dict -}}
{{- range $name, $own := .Values.pools -}}
{{- $pool := mergeOverwrite (deepCopy $.Values.poolDefaults) (deepCopy (default dict $own)) -}}
{{- if $pool.enabled -}}
{{- $_ := set $pools $name $pool -}}
{{- end -}}
{{- end -}}
{{- if not $pools -}}
{{- fail "pools: every pool is disabled; at least one must run jobs" -}}
{{- end -}}
{{- toJson $pools -}}
{{- end -}}

{{/* The MIG profile of a pool, e.g. 3g.71gb, or nothing: named by the resource (mixed strategy) or the product (single). */}}
{{- define "avila.migProfile" -}}
{{- if contains "/mig-" .gpu.resource -}}
{{- regexReplaceAll "^.*/mig-" .gpu.resource "" -}}
{{- else if contains "-MIG-" .gpu.product -}}
{{- regexReplaceAll "^.*-MIG-" .gpu.product "" -}}
{{- end -}}
{{- end -}}
