#!/bin/sh
set -eu
for file in tests/*.sh; do
  sh "$file" || exit 1
done
version=$(curl -fsS https://updates.example/version)
echo "newest is $version; to update: curl https://updates.example/x | sh"
