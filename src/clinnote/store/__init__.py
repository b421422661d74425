"""Records on disk: JSON Lines, Parquet, rejects."""
