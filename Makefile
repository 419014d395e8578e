EXTENSION = pinterest_fdw
MODULE_big = pinterest_fdw
DATA_built = src/pinterest_fdw--$(EXTVERSION).sql

# The folders of src/: each uses only those before it, which script/layers proves
FOLDERS = util streams json option catalog http value api quota auth plan request scan diagnosis history

# With VPATH the sources stand in another place than the objects
sources := $(if $(VPATH),$(VPATH)/)

# The only place of the version is the control file
EXTVERSION := $(shell awk -F "'" '$$1 ~ /^default_version/ { print $$2 }' $(sources)pinterest_fdw.control)

sources_in = $(patsubst $(sources)%,%,$(sort $(wildcard $(addprefix $(sources),$(1)))))
OBJS = $(patsubst %.c,%.o,$(call sources_in,src/*.c $(FOLDERS:%=src/%/*.c)))

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))

# These need the local Pinterest: make installcheck SIMULATOR_URL=http://127.0.0.1:8080/v5
ifneq ($(SIMULATOR_URL),)
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test
export PGOPTIONS := $(PGOPTIONS) -c simulator.url=$(SIMULATOR_URL)
endif

PROVE_TESTS ?= test/t/*/*.pl
EXTRA_CLEAN = test/fuzz/json_fuzz test/fuzz/replay results regression.diffs regression.out tmp_check output_iso tmp_check_iso

# without pkg-config the headers and libraries are looked for in the default places
PKG_CONFIG ?= pkg-config
PG_CPPFLAGS = -I$(sources)src -DPINTEREST_FDW_VERSION='"$(EXTVERSION)"' $(shell $(PKG_CONFIG) --cflags libcurl "jansson >= 2.12" zlib 2>/dev/null)
SHLIB_LINK = $(or $(shell $(PKG_CONFIG) --libs libcurl "jansson >= 2.12" zlib 2>/dev/null),-lcurl -ljansson -lz)

PG_CFLAGS = -std=gnu11

# JSON_VECTORS=0 reads JSON byte by byte, =1 with vectors but without SSE2; for tests
ifneq ($(JSON_VECTORS),)
PG_CPPFLAGS += -DJSON_VECTORS=$(JSON_VECTORS)
endif

# For development; the callbacks in PostgreSQL's headers leave parameters unused
ifeq ($(WERROR),1)
PG_CFLAGS += -Wall -Wextra -Werror -Wno-unused-parameter
endif

# JIT cannot inline anything here, so no clang is needed to build
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Extensions share one space of symbols: ours must find each other, not those of another
ifneq ($(PORTNAME),darwin)
SHLIB_LINK += -Wl,-Bsymbolic
endif

# All bytes of responses and all values go through these
$(filter src/json/% src/value/% src/scan/fetch%,$(OBJS)): CFLAGS += -O3

# The extension's script, from parts that are easier to read
src/pinterest_fdw--$(EXTVERSION).sql: $(call sources_in,src/sql/*.sql)
	cat $(filter %.sql,$^) >$@

# PGXS tracks no headers unless the server was configured with --enable-depend
$(OBJS): $(call sources_in,src/*/*.h) pinterest_fdw.control

# With VPATH the objects' folders have to be made; as targets they would be found there
ifneq ($(VPATH),)
$(shell mkdir -p $(sort $(dir $(OBJS))))
endif

# The TAP tests start servers of their own, from the installed extension
.PHONY: prove_installcheck
prove_installcheck:
	$(prove_installcheck)

# The JSON reader beside jansson, without a server: `make fuzz` builds a program for
# libFuzzer (its arguments are libFuzzer's), `make fuzz-replay` one that reads files;
# both go to FUZZ_DIR
FUZZ_DIR ?= test/fuzz
FUZZED = $(wildcard test/fuzz/*.h src/json/*.h src/json/*.c) test/fuzz/json_fuzz.c test/fuzz/stubs.c
FUZZ_FLAGS = -std=gnu11 -g -O1 -DINITIAL_BUFFER=16 -Isrc $(CPPFLAGS)
FUZZ_LIBS = $(or $(shell $(PKG_CONFIG) --libs jansson 2>/dev/null),-ljansson)

.PHONY: fuzz fuzz-replay
fuzz: $(FUZZ_DIR)/json_fuzz
fuzz-replay: $(FUZZ_DIR)/replay

$(FUZZ_DIR)/json_fuzz: $(FUZZED)
	clang $(FUZZ_FLAGS) -Wno-ignored-attributes -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined $(filter %.c,$^) $(FUZZ_LIBS) -o $@

$(FUZZ_DIR)/replay: $(FUZZED) test/fuzz/replay.c
	$(CC) $(FUZZ_FLAGS) $(filter %.c,$^) $(FUZZ_LIBS) -o $@

# Beside what users would pick instead: make bench BENCH_ARGS='--rounds 3 ads ana'
.PHONY: bench
bench:
	test/bench/run $(BENCH_ARGS)
