#!/bin/sh
set -eu
cd "$(dirname "$0")/.."
scp -i deploy/deploy_key.pem -r src config package.json "deploy@${DEPLOY_HOST:?}:/srv/invoice-sync/"
