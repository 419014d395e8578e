EXTENSION = pinterest_fdw
MODULE_big = pinterest_fdw
DATA_built = src/pinterest_fdw--1.0.sql
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/streams/*.c)))

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))

# These need the local Pinterest: make installcheck SIMULATOR_URL=http://127.0.0.1:8080/v5
ifneq ($(SIMULATOR_URL),)
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test
export PGOPTIONS := $(PGOPTIONS) -c simulator.url=$(SIMULATOR_URL)
endif

PROVE_TESTS ?= test/t/*.pl
EXTRA_CLEAN = results regression.diffs regression.out tmp_check output_iso tmp_check_iso

# without pkg-config the headers and libraries are looked for in the default places
PKG_CONFIG ?= pkg-config
PG_CPPFLAGS = $(shell $(PKG_CONFIG) --cflags libcurl "jansson >= 2.12" 2>/dev/null)
SHLIB_LINK = $(or $(shell $(PKG_CONFIG) --libs libcurl "jansson >= 2.12" 2>/dev/null),-lcurl -ljansson)

PG_CFLAGS = -std=gnu11

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

# The extension's script, from parts that are easier to read
src/pinterest_fdw--1.0.sql: $(sort $(wildcard src/sql/*.sql))
	cat $^ >$@

# PGXS tracks no headers unless the server was configured with --enable-depend
$(OBJS): $(wildcard src/*.h src/streams/*.h)

# The TAP tests start servers of their own, from the installed extension
.PHONY: prove_installcheck
prove_installcheck:
	$(prove_installcheck)
