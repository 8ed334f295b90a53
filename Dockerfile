# The page in a container:
#   docker build -t wrinkleseg .
#   docker run --rm -p 7860:7860 --tmpfs /tmp wrinkleseg
# For a machine without a graphics card, four gigabytes smaller:
#   docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu -t wrinkleseg .
FROM python:3.11-slim

WORKDIR /srv/wrinkleseg
COPY packages.txt ./
RUN apt-get update \
    && xargs apt-get install -y --no-install-recommends < packages.txt \
    && rm -rf /var/lib/apt/lists/*

ARG TORCH_INDEX=https://pypi.org/simple
COPY requirements.txt ./
RUN grep -E '^torch(vision)?==' requirements.txt > torch.txt \
    && pip install --no-cache-dir --index-url "$TORCH_INDEX" --extra-index-url https://pypi.org/simple -r torch.txt \
    && pip install --no-cache-dir -r requirements.txt

COPY app.py ./
COPY wrinkleseg ./wrinkleseg
COPY eval ./eval
COPY assets ./assets

# No volume: photos live in the container's /tmp, within the hour, and with the container.
RUN useradd --create-home --uid 1000 visitor
USER visitor
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_TEMP_DIR=/tmp \
    MPLCONFIGDIR=/tmp \
    PYTHONUNBUFFERED=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=4)"]
CMD ["python", "app.py"]
