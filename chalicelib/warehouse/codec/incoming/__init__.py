"""What a WMS sends, read into `documents.incoming`; where the OMS answers with more than success,
that answer is written here too. A family of messages a file.
"""
