"""How much of a file the reader is willing to look at: real models stay far below each bound, hostile ones do not."""

MIB = 1 << 20

FILE_BYTES = 1024 * MIB  # a model of 80 million weights with its optimizer's two moments
WEIGHT_BYTES = 384 * MIB  # the sum over the arrays that are read; leaves room for copies below 1 GB
MEMORY_BYTES = 768 * MIB  # what the process may take while HDF5 works for it
JSON_BYTES = 16 * MIB  # parsed, JSON may take 25 times its text
JSON_DEPTH = 200
ATTRIBUTE_BYTES = 16 * MIB
RANK = 8
LAYERS = 10_000
MODEL_DEPTH = 32
NAME_LENGTH = 1000
PATH_DEPTH = 100
HDF5_OBJECTS = 60_000
HEAP_OBJECTS = 1_000_000
ZIP_ENTRIES = 10_000
ZIP_DIRECTORY_BYTES = 4 * MIB

# Filters that come with HDF5 and h5py: a name outside this table would make HDF5 load a plug-in from the disk.
FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}
CHUNKS = 65_536
DEFLATE_RATIO = 1032  # the most that deflate can make of one byte
