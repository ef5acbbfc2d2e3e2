package dev.assay.worker.bridge;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.worker.JavaCommand;
import dev.assay.worker.remote.HostMain;
import dev.assay.worker.remote.RemoteBackend;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// C libraries that implement `assay_backend.h`.
public final class NativeProvider implements BackendProvider {
    private static final String LIB = "lib";
    private static final String PRELOAD = "preload";

    @Override
    public String id() {
        return "native";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                BackendOption.file(LIB, "path of the library, such as /opt/acme/libacme_assay.so"),
                BackendOption.local(
                        PRELOAD, "a library that is loaded before everything else, such as that of a sanitizer", ""),
                BackendOption.others("handed on to the library"));
    }

    @Override
    public boolean isolates() {
        return true;
    }

    @Override
    public Backend open(BackendOptions options) {
        String library = options.get(LIB, "");
        List<String> command =
                new ArrayList<>(JavaCommand.of(HostMain.class.getName(), "256m", JavaCommand.ownThreads()));
        command.add(HostMain.NATIVE);
        command.add(library);
        Map<String, String> environment = new HashMap<>();
        String preload = options.get(PRELOAD, "");
        if (!preload.isEmpty()) {
            environment.put("LD_PRELOAD", preload);
            // The JVM has uses of its own for the signal, and lives on when it exits.
            environment.put("ASAN_OPTIONS", "handle_segv=0:detect_leaks=0:halt_on_error=1:abort_on_error=1");
            environment.put("UBSAN_OPTIONS", "halt_on_error=1:abort_on_error=1:print_stacktrace=1");
        }
        return Names.itsOwn(RemoteBackend.open(command, environment, options.without(LIB, PRELOAD)), library);
    }
}
