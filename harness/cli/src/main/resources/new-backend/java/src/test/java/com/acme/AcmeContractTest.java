package com.acme;

import dev.assay.backend.BackendProvider;
import dev.assay.tck.BackendContractTest;

/// The rules that every backend keeps: docs/backend-contract.md.
class AcmeContractTest extends BackendContractTest {
    @Override
    protected BackendProvider provider() {
        return new AcmeProvider();
    }
}
