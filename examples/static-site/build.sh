#!/bin/sh
# Puts what is deployed into public/, and nothing else: the pages, and the small server that brings them.
set -eu
cd "$(dirname "$0")"
rm -rf public
mkdir public
cp -R site server.mjs service.mjs behaviour.mjs websocket.mjs witness.mjs behaviour.properties public/
