# Aliases. Everything else is in ./palabre; "make lock UPGRADE=--upgrade" takes newer versions.
.PHONY: run test lock

UV ?= uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE)

run:
	./palabre demo

test:
	./palabre test

lock:
	$(COMPILE) setup.cfg --output-file requirements/runtime.txt
	$(COMPILE) --extra dev --constraint requirements/runtime.txt setup.cfg \
		--output-file requirements/dev.txt
	$(COMPILE) --extra benchmarks --constraint requirements/dev.txt setup.cfg \
		--output-file requirements/benchmarks.txt
