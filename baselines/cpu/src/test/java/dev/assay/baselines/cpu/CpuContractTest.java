package dev.assay.baselines.cpu;

import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.tck.BackendContractTest;
import java.util.Map;

/// The rules of `docs/backend-contract.md`.
class CpuContractTest extends BackendContractTest {
    @Override
    protected BackendProvider provider() {
        return new CpuBackendProvider();
    }

    @Override
    protected BackendOptions options() {
        return BackendOptions.of(Map.of("threads", "1"));
    }
}
