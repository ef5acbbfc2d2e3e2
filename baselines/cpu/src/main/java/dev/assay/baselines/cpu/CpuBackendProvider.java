package dev.assay.baselines.cpu;

import dev.assay.HarnessException;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import java.util.List;
import java.util.Set;

/// Announces the host's processor as a device. ND4J is not loaded before [#open].
public final class CpuBackendProvider implements BackendProvider {
    private static final String THREADS = "threads";

    @Override
    public String id() {
        return "cpu";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(BackendOption.text(THREADS, "threads that compute; all processors unless given", ""));
    }

    @Override
    public Backend open(BackendOptions options) {
        Set<String> keys = options.values().keySet();
        for (String key : keys) {
            if (!key.equals(THREADS)) {
                throw new HarnessException("no option '" + key + "'", "--backend cpu", "use one of [" + THREADS + "]");
            }
        }
        return CpuBackend.open(threads(options.get(THREADS, "")));
    }

    private static int threads(String text) {
        int processors = Runtime.getRuntime().availableProcessors();
        if (text.isEmpty()) {
            return processors;
        }
        boolean number = text.length() < 6 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int threads = number ? Integer.parseInt(text) : 0;
        if (threads < 1 || threads > processors) {
            throw new HarnessException(
                    "threads '" + text + "'", "--backend cpu:threads", "give a number from 1 to " + processors);
        }
        return threads;
    }
}
