package dev.assay.tck.rules;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import java.util.List;

/// A right backend that, where its option says so, takes its process down.
public final class FragileProvider implements BackendProvider {
    @Override
    public String id() {
        return "fragile";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(BackendOption.oneOf(
                "how", "what goes wrong", "not", List.of("not", "halts", "halts-when-empty", "hangs-when-empty")));
    }

    @Override
    public Backend open(BackendOptions options) {
        String how = options.get("how", "not");
        return new RightBackend() {
            @Override
            void run(Call call, Arguments arguments) {
                boolean empty =
                        call.tensors().stream().anyMatch(spec -> spec.shape().isEmpty());
                if (how.equals("halts") || (how.equals("halts-when-empty") && empty)) {
                    System.err.println("no grid");
                    Runtime.getRuntime().halt(17);
                }
                if (how.equals("hangs-when-empty") && empty) {
                    hang();
                }
                super.run(call, arguments);
            }
        };
    }

    private static void hang() {
        try {
            Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
