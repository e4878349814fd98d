"""The stand-in providers: one process that speaks OpenAI, Groq, Anthropic and Gemini without a key or a model."""
