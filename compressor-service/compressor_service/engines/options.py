"""What a word scorer can be told when it is loaded."""

from dataclasses import dataclass

DEFAULT_CHECKPOINT = "microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank"
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "float32", "bfloat16", "float16", "int8")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Where an engine finds its model and how it runs it; an engine ignores what it has no use for."""

    # A folder with a saved model, or its name on the hub.
    model: str = DEFAULT_CHECKPOINT
    # auto: cuda where torch sees one, else cpu.
    device: str = "auto"
    # auto: float16 on cuda, int8 on cpu.
    precision: str = "auto"
    # Threads of one model call on the cpu; 0 leaves the library its own choice.
    threads: int = 0

    def __post_init__(self) -> None:
        """Refuse what no engine knows."""
        if self.device not in DEVICES:
            raise ValueError(f"device is {self.device!r}; known are {', '.join(DEVICES)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}; known are {', '.join(PRECISIONS)}")
        if self.threads < 0:
            raise ValueError(f"threads is {self.threads}; it must be 0 or more")
