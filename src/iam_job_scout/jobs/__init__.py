"""What a person does with jobs: finding, reading, tracking, counting."""
