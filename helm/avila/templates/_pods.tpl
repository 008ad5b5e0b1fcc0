{{/* What every pod has. (dict "root" $ "priorityClass" "name" ["hook" true]): a hook runs before this release's own
     service account exists. */}}
{{- define "avila.pod" -}}
serviceAccountName: {{ ternary "default" (include "avila.serviceAccountName" .root) (and (default false .hook) .root.Values.serviceAccount.create) }}
automountServiceAccountToken: false
# Service links would put AVILA_PORT=tcp://… into the environment, where the service's own settings live.
enableServiceLinks: false
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .priorityClass }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .root.Values.podSecurity.runAsUser }}
  runAsGroup: {{ .root.Values.podSecurity.runAsGroup }}
  fsGroup: {{ .root.Values.podSecurity.fsGroup }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "avila.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities:
  drop: [ALL]
{{- end -}}

{{/* An HTTP probe's target. (dict "path" "/health" "port" "http" "period" 10 "timeout" 5 "failures" 3) */}}
{{- define "avila.httpProbe" -}}
httpGet:
  path: {{ .path }}
  port: {{ .port }}
periodSeconds: {{ .period }}
timeoutSeconds: {{ .timeout }}
failureThreshold: {{ .failures }}
{{- end -}}

{{/* Spread over nodes and zones. (dict "root" $ "component" … ["pool" …] "topologyKey" …) */}}
{{- define "avila.spread" -}}
- maxSkew: 1
  topologyKey: {{ .topologyKey }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "avila.selector" . | nindent 6 }}
- maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "avila.selector" . | nindent 6 }}
{{- end -}}

{{/* Secrets reach the processes by their environment only, from secrets that exist already. */}}
{{- define "avila.secretEnvironment" -}}
{{- if eq .Values.database.kind "postgresql" }}
- name: AVILA_DATABASE_URL
  valueFrom:
    secretKeyRef: {name: {{ .Values.database.existingSecret }}, key: {{ .Values.database.urlKey }}}
{{- end }}
{{- if .Values.redis.enabled }}
- name: AVILA_REDIS_URL
  valueFrom:
    secretKeyRef: {name: {{ .Values.redis.existingSecret }}, key: {{ .Values.redis.urlKey }}}
{{- end }}
- name: AVILA_SECRET_KEY
  valueFrom:
    secretKeyRef: {name: {{ .Values.auth.existingSecret }}, key: {{ .Values.auth.secretKeyKey }}}
{{- if and (eq .Values.imageStore.kind "s3") .Values.imageStore.s3.existingSecret }}
- name: AVILA_S3_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ .Values.imageStore.s3.existingSecret }}, key: {{ .Values.imageStore.s3.accessKeyIdKey }}}
- name: AVILA_S3_SECRET_KEY
  valueFrom:
    secretKeyRef: {name: {{ .Values.imageStore.s3.existingSecret }}, key: {{ .Values.imageStore.s3.secretAccessKeyKey }}}
{{- end }}
{{- end -}}

{{/* What only gateways are told. The administrator is made once, so a pod must start when that secret is gone. */}}
{{- define "avila.signInEnvironment" -}}
{{- with .Values.auth.oidcSecret }}
{{- if .name }}
- name: AVILA_OIDC_CLIENT_SECRET
  valueFrom:
    secretKeyRef: {name: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with .Values.auth.adminSecret }}
{{- if .name }}
{{- range $variable, $key := dict "AVILA_ADMIN_EMAIL" .emailKey "AVILA_ADMIN_PASSWORD" .passwordKey }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: {name: {{ $.Values.auth.adminSecret.name }}, key: {{ $key }}, optional: true}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
