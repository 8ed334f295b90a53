#!/bin/sh
# Analyse a photo through a running page with nothing but curl: sh assets/examples/api_curl.sh PHOTO [URL]
# Three steps, the same for every endpoint: send the photo, ask, wait for the answer. Prints the answer as JSON, a list of
# the result, the drawn picture and the zip; each of the two files has a url.
set -eu
photo=${1:?give a photo: sh assets/examples/api_curl.sh PHOTO [URL]}
url=${2:-http://127.0.0.1:7860}

# 1. The photo goes to the page; the answer is a list with its path there.
path=$(curl -sSf -F "files=@$photo" "$url/gradio_api/upload" | sed 's/^\["//; s/"\]$//')

# 2. Ask. The values in their order: photo, face_index, method, wrinkle_threshold, pore_threshold, view_as, opacity, zones.
data="[{\"path\": \"$path\", \"meta\": {\"_type\": \"gradio.FileData\"}}, 0, \"\", null, null, \"overlay\", 0.8, false]"
event=$(curl -sSf -H "Content-Type: application/json" -d "{\"data\": $data}" "$url/gradio_api/call/analyze" |
    sed 's/.*"event_id": *"\([^"]*\)".*/\1/')

# 3. Wait: the answer comes as a stream of events, the last of them "complete" or "error".
answer=$(curl -sSfN "$url/gradio_api/call/analyze/$event")
printf '%s\n' "$answer" | sed -n 's/^data: //p' | tail -n 1
printf '%s\n' "$answer" | grep -q '^event: complete'
