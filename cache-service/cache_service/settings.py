"""What the cache service can be set to."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from grpc_serving.environment import SettingsError
from grpc_serving.settings import ServingSettings

MAX_TTL_S = 30 * 86400.0


class CacheSettings(ServingSettings):
    """The settings of the cache service, each read from PITH_CACHE_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="PITH_CACHE_", frozen=True)

    address: str = Field(
        "127.0.0.1:50052",
        description="where gRPC listens: `host:port`, `[v6]:port` or `unix:path`; port 0 takes a free one",
    )
    metrics_port: int = Field(
        9102,
        ge=0,
        le=65535,
        description="HTTP port of the Prometheus metrics, 0 is off; worker number i (from 0) takes this plus 10 i",
    )
    data_dir: Path = Field(
        Path("~/.local/share/pith/cache"), description="folder of the SQLite file, and of the secret unless that is set"
    )
    secret_file: Path | None = Field(
        None,
        description="file of 32 secret bytes from which the partition key and the token key are derived; made with mode 0600"
        " where it is missing (`secret` in the data folder by default); replicas must share it",
    )
    store: str = Field(
        "sqlite", description="where entries are kept: sqlite, redis_vectorset, redis_local or redis_search"
    )
    redis_url: str = Field(
        "", description="of the Redis stores: `redis://` or `rediss://user:password@host:port/db`; needed by them"
    )
    redis_password_file: Path | None = Field(None, description="file of the Redis password, instead of one in the URL")
    redis_tls_ca_file: Path | None = Field(None, description="PEM authorities that sign the Redis server's certificate")
    redis_tls_cert_file: Path | None = Field(None, description="PEM certificate to show to Redis")
    redis_tls_key_file: Path | None = Field(None, description="PEM key of that certificate")
    redis_timeout_s: float = Field(1.0, gt=0, description="longest a call to Redis takes, in seconds")
    index: str = Field(
        "exact", description="how a large partition is searched: `exact`, or `usearch` for an approximate index"
    )
    index_from: int = Field(50_000, ge=1, description="entries of a partition from which the approximate index is used")
    max_index_rows: int = Field(
        100_000,
        ge=1,
        description="vectors kept in memory in one worker, 1.5 kB each and up to half as much again; of a larger partition"
        " the newest are searched",
    )
    encryption_key: SecretStr | None = Field(
        None,
        description="seals stored texts, vectors and answers: 32 bytes in base64; several with commas, the first seals and"
        " all open",
    )
    encryption_key_file: Path | None = Field(None, description="file that holds the encryption key instead")
    embedder: str = Field(
        "onnx_minilm", description="the model of the semantic tier; `none` leaves the exact tier alone"
    )
    weights_dir: Path | None = Field(
        None, description="folder of the embedder's artefact; none means the one that is shipped"
    )
    embedder_workers: int = Field(1, ge=1, le=64, description="texts embedded at a time in one worker, one thread each")
    max_waiting: int = Field(
        64, ge=1, description="texts that wait for the embedder beyond which a lookup misses at once"
    )
    max_store_waiting: int = Field(
        256, ge=1, description="calls that wait for the store beyond which it counts as overloaded"
    )
    max_text_bytes: int = Field(
        2_000_000, ge=1, description="longest request_json, in bytes; a longer one is INVALID_ARGUMENT"
    )
    max_answer_bytes: int = Field(1_000_000, ge=1, description="longest answer that is stored, in bytes")
    max_entries: int = Field(100_000, ge=1, description="entries kept; beyond it the one that expires soonest goes")
    max_remembered: int = Field(4096, ge=0, description="texts whose vectors stay in memory")
    default_ttl_s: float = Field(
        3600.0,
        gt=0,
        le=MAX_TTL_S,
        description="how long an entry lives, in seconds, unless policy or Store says; a hit never extends it",
    )
    max_wrong_hit_rate: float = Field(
        0.03,
        ge=0,
        le=1,
        description="wrong hits per hit that are acceptable, unless the policy says; 0 leaves the exact tier alone",
    )
    shadow_rate: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of would-be semantic hits that are checked at the provider, unless the policy says",
    )
    min_similarity: float = Field(
        0.7,
        ge=-1,
        le=1,
        description="cosine below which the semantic tier serves nothing, whatever the error bound; at least 0.7 counts",
    )
    max_temperature: float = Field(
        1.0,
        ge=0,
        le=2,
        description="explicit temperature above which only the exact tier serves, unless the policy says",
    )
    lookup_budget_ms: float = Field(
        1000.0, gt=0, description="longest a lookup works, in milliseconds, also when its caller's deadline is later"
    )
    max_coalesce_wait_ms: float = Field(
        30_000.0, ge=0, description="longest coalesce_wait_ms a lookup may ask for, in milliseconds"
    )
    max_coalescing: int = Field(
        1000, ge=1, description="lookups that may wait for the same request's answer, in one worker"
    )
    busy_timeout_ms: int = Field(
        2000, ge=0, description="how long a write waits for another process's, in milliseconds"
    )

    @property
    def folder(self) -> Path:
        """The data folder with `~` resolved."""
        return self.data_dir.expanduser()

    @property
    def secret_path(self) -> Path:
        """Where the secret lies."""
        return (self.secret_file or self.folder / "secret").expanduser()

    def encryption_keys(self) -> str:
        """The keys that seal what is stored, as they were set; SettingsError when their file cannot be read."""
        if self.encryption_key is not None:
            return self.encryption_key.get_secret_value()
        if self.encryption_key_file is None:
            return ""
        try:
            return self.encryption_key_file.expanduser().read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError([f"{self.variable('encryption_key_file')}: {error}"]) from error
