package dev.assay.baselines.simulated;

import dev.assay.backend.BackendProvider;
import dev.assay.tck.BackendContractTest;

/// The rules of `docs/backend-contract.md`.
class SimulatedContractTest extends BackendContractTest {
    @Override
    protected BackendProvider provider() {
        return new SimulatedBackendProvider();
    }
}
