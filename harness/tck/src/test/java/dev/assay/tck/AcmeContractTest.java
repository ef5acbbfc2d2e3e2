package dev.assay.tck;

import com.acme.AcmeProvider;
import dev.assay.backend.BackendProvider;

/// As a vendor writes it.
class AcmeContractTest extends BackendContractTest {
    @Override
    protected BackendProvider provider() {
        return new AcmeProvider();
    }
}
