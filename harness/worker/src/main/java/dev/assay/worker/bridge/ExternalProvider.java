package dev.assay.worker.bridge;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.worker.remote.RemoteBackend;
import java.util.List;
import java.util.Map;

/// Any program that speaks the worker protocol.
public final class ExternalProvider implements BackendProvider {
    private static final String PROGRAM = "program";
    private static final String PYTHON = "python";

    @Override
    public String id() {
        return "external";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                BackendOption.file(PROGRAM, "path of the program; one that ends in .py is run by Python"),
                BackendOption.local(PYTHON, "the Python that runs it; default: the first that has numpy", ""),
                BackendOption.others("handed on to the program"));
    }

    @Override
    public boolean isolates() {
        return true;
    }

    @Override
    public Backend open(BackendOptions options) {
        String program = options.get(PROGRAM, "");
        BackendOptions others = options.without(PROGRAM, PYTHON);
        if (!program.endsWith(".py")) {
            return Names.itsOwn(RemoteBackend.open(List.of(program), Map.of(), others), program);
        }
        String python = Python.with("numpy", options.get(PYTHON, ""));
        return Names.itsOwn(RemoteBackend.open(List.of(python, program), Python.environment(), others), program);
    }
}
