"""Settings as pydantic reads them: PEER_DATABASE_URL, PEER_POOL_SIZE."""

from pydantic import BaseSettings


class Settings(BaseSettings):
    database_url: str
    pool_size: int = 20

    class Config:
        env_prefix = "PEER_"


settings = Settings()
