#!/bin/sh
# Starts Triton with a secret made for this start. Loading models (which can mean running code), shared memory, tracing and
# logging then answer only to who can read /run/avila/control-token: the containers of the same pod that mount it.
set -eu
umask 077
folder=${CONTROL_TOKEN_FOLDER:-/run/avila}
token=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
[ "${#token}" -eq 64 ]
printf '%s' "$token" >"$folder/control-token.new"
mv "$folder/control-token.new" "$folder/control-token"
closed=model-repository,shared-memory,trace,logging
program=$1
shift
exec "$program" --grpc-restricted-protocol="$closed:avila-control=$token" \
    --http-restricted-api="$closed:avila-control=$token" "$@"
