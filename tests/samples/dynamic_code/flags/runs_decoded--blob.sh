#!/bin/sh
BLOB=ZWNobyBpbmVydA==
eval "$(echo $BLOB | base64 -d)"
