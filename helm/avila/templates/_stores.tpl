{{/* Volumes of the gateway and the worker: scratch, data, the images where they lie on disk. */}}
{{- define "avila.dataVolumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 4Gi}
- name: data
  {{- if include "avila.isStandalone" . }}
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-data" (include "avila.fullname" .)) .Values.database.sqlite.existingClaim }}
  {{- else }}
  emptyDir: {sizeLimit: 4Gi}
  {{- end }}
{{- if eq .Values.imageStore.kind "disk" }}
- name: images
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-images" (include "avila.fullname" .)) .Values.imageStore.disk.existingClaim }}
{{- end }}
{{- with .Values.provenance.certificateSecret }}
{{- if .name }}
- name: signing
  secret:
    secretName: {{ .name }}
    defaultMode: 0440
    items:
      - {key: {{ .certificateKey }}, path: certificate.pem}
      - {key: {{ .privateKeyKey }}, path: key.pem}
{{- end }}
{{- end }}
{{- with .Values.provenance.trustConfigMap }}
{{- if .name }}
- name: trust
  configMap: {name: {{ .name }}, items: [{key: {{ .key }}, path: trust.pem}]}
{{- end }}
{{- end }}
{{- end -}}

{{- define "avila.dataMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /var/lib/avila}
{{- if eq .Values.imageStore.kind "disk" }}
- {name: images, mountPath: /var/lib/avila/images}
{{- end }}
{{- if .Values.provenance.certificateSecret.name }}
- {name: signing, mountPath: /etc/avila/signing, readOnly: true}
{{- end }}
{{- if .Values.provenance.trustConfigMap.name }}
- {name: trust, mountPath: /etc/avila/trust, readOnly: true}
{{- end }}
{{- end -}}

{{/* The model store as a volume. (dict "root" $ "readOnly" true) */}}
{{- define "avila.modelVolume" -}}
- name: models
  {{- if eq .root.Values.modelStore.kind "pvc" }}
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-models" (include "avila.fullname" .root)) .root.Values.modelStore.pvc.existingClaim }}
    {{- if .readOnly }}
    readOnly: true
    {{- end }}
  {{- else }}
  emptyDir: {sizeLimit: {{ .root.Values.modelStore.s3.cacheSize }}}
  {{- end }}
{{- end -}}

{{/* A container that copies between the bucket and /models. (dict "root" $ "image" … "arguments" (list "pull")) */}}
{{- define "avila.modelTransfer" -}}
- name: {{ first .arguments }}-models
  image: {{ include "avila.image" (dict "root" .root "image" .image) }}
  imagePullPolicy: {{ .root.Values.images.pullPolicy }}
  command: [avila-model-store]
  args: {{ concat .arguments (list (trimSuffix "/" (printf "s3://%s/%s" .root.Values.modelStore.s3.bucket .root.Values.modelStore.s3.prefix)) "/models") | toJson }}
  env:
    - {name: AWS_REGION, value: {{ .root.Values.modelStore.s3.region | quote }}}
    {{- with .root.Values.modelStore.s3.endpoint }}
    - {name: AWS_ENDPOINT_URL, value: {{ . | quote }}}
    {{- end }}
    {{- with .root.Values.modelStore.s3.existingSecret }}
    - name: AWS_ACCESS_KEY_ID
      valueFrom:
        secretKeyRef: {name: {{ . }}, key: {{ $.root.Values.modelStore.s3.accessKeyIdKey }}}
    - name: AWS_SECRET_ACCESS_KEY
      valueFrom:
        secretKeyRef: {name: {{ . }}, key: {{ $.root.Values.modelStore.s3.secretAccessKeyKey }}}
    {{- end }}
  securityContext:
    {{- include "avila.containerSecurity" .root | nindent 4 }}
  resources:
    requests: {cpu: 250m, memory: 256Mi}
    limits: {memory: 1Gi}
  volumeMounts:
    - {name: models, mountPath: /models}
    - {name: tmp, mountPath: /tmp}
{{- end -}}
