/// Contract tests: does a plugin keep the rules of the plugin interface?
///
/// Start at [BackendContractTest], which a vendor extends, or at [BackendCheck], which does the same in worker
/// processes. The rules are in `rules`; `docs/backend-contract.md` lists them.
@org.jspecify.annotations.NullMarked
package dev.assay.tck;
