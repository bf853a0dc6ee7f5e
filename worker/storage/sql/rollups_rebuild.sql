SELECT newsmill_data.rollups_rebuild()
