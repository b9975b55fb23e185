# deploy/ for real: its files are read, the image is built and run, compose.yaml is brought up behind nginx, each on a Docker
# engine of the tests' own. DEPLOY="files image" does only these. What is made is kept in build/deploy until tomorrow.
.PHONY: deploy deploy-build
DEPLOY ?=
deploy-build: $(B)/roster
deploy: $(B)/roster
	$(Q)ROSTER_BIN=$(abspath $(B)/roster) test/deploy/run $(DEPLOY)
