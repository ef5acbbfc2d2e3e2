package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import java.util.List;
import java.util.function.Supplier;

/// Announces a backend of a test. Wrong providers override one thing.
class RightProvider implements BackendProvider {
    private final Supplier<Backend> opening;

    RightProvider(Supplier<Backend> opening) {
        this.opening = opening;
    }

    @Override
    public String id() {
        return "right";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                BackendOption.oneOf("mode", "how it computes", "exact", List.of("exact", "fast")),
                BackendOption.text("device", "number of the device", ""));
    }

    @Override
    public Backend open(BackendOptions options) {
        return opening.get();
    }
}
