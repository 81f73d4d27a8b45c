"""The same service as others would write it: FastAPI, arq, Redis, pydicom; a few dozen lines.

``benchmarks/server.py`` runs it beside ``mip serve``. It takes the same calls and does what they
ask for, and no more: a job that is in Redis only is lost with Redis' memory, a result is published
to whoever listens at that moment, and files are written without being synced.

    uvicorn benchmarks.server_peer:app
    python -m benchmarks.server_peer
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pydicom
from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import run_worker
from fastapi import FastAPI, Request, WebSocket
from pydantic import BaseModel, Field
from pydicom.uid import generate_uid

REDIS = RedisSettings(port=int(os.environ["PEER_REDIS_PORT"]))
IMAGES = Path(os.environ["PEER_IMAGES"])
RESULTS = Path(os.environ["PEER_RESULTS"])


class Pacs(BaseModel):
    """Which image."""

    study_id: str
    series_id: str
    image_id: str
    scope: str = "image"


class JobRequest(BaseModel):
    """What a client posts."""

    job_id: str = Field(max_length=128)
    client_id: str = Field(max_length=128)
    pacs: Pacs
    parameters: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold the connections to Redis."""
    app.state.redis = await create_pool(REDIS)
    yield
    await app.state.redis.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/process/{algorithm}", status_code=202)
async def submit(algorithm: str, job: JobRequest, request: Request) -> dict[str, str]:
    """Put a job on the queue."""
    key = f"{job.client_id}:{job.job_id}"
    await request.app.state.redis.enqueue_job(algorithm, job.model_dump(), _job_id=key)
    return {"job_id": job.job_id, "status": "queued", "message": "Enqueued"}


@app.websocket("/")
async def push(websocket: WebSocket, client_id: str) -> None:
    """Hand on what is published for a client while it listens."""
    async with websocket.app.state.redis.pubsub() as results:
        await results.subscribe(f"results:{client_id}")
        await websocket.accept()
        async for message in results.listen():
            if message["type"] == "message":
                await websocket.send_text(message["data"].decode())


async def noop(context: dict[str, Any], job: dict[str, Any]) -> None:
    """Run a job and publish its result."""
    key = await asyncio.to_thread(process, job)
    result = {"job_id": job["job_id"], "status": "succeeded", "key": key}
    await context["redis"].publish(f"results:{job['client_id']}", json.dumps(result))


def process(job: dict[str, Any]) -> str:
    """Read the image, decode it, change nothing, write it as another instance."""
    image = pydicom.dcmread(IMAGES / job["pacs"]["image_id"])
    pixels = image.pixel_array
    image.PixelData = pixels.tobytes()
    image.SeriesInstanceUID = generate_uid()
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.save_as(RESULTS / f"{image.SOPInstanceUID}.dcm")
    return f"{image.SOPInstanceUID}.dcm"


class WorkerSettings:
    """One worker; by default arq looks for jobs twice a second only."""

    redis_settings = REDIS
    functions: ClassVar = [noop]
    poll_delay = float(os.environ["PEER_POLL_SECONDS"])


if __name__ == "__main__":
    run_worker(WorkerSettings)  # type: ignore[arg-type]  # a class with these names, as arq documents
