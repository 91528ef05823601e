"""From boards to jobs: the durable engine, the pipeline of pure stages, the store."""
