#!/bin/sh
# Starts the LiteLLM proxy: writes the effective configuration, then becomes the proxy.
set -eu

# An env file sets what it leaves empty; to LiteLLM an empty DATABASE_URL is a malformed one.
[ -n "${DATABASE_URL:-}" ] || unset DATABASE_URL

python /app/litellm/render_config.py --out /tmp/litellm.yaml
exec litellm --config /tmp/litellm.yaml --host 0.0.0.0 --port "${PORT:-4000}" \
    --num_workers "${LITELLM_WORKERS:-1}" --telemetry False "$@"
