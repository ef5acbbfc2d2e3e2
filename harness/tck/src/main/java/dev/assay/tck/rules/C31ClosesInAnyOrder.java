package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.tck.rules.Rig.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Closing.
final class C31ClosesInAnyOrder extends RunRule {
    C31ClosesInAnyOrder() {
        super(
                "C31",
                "launch, kernel, buffers and backend can be closed in any order, and twice",
                "after a failure things are closed as they come; an exception there hides the one that mattered",
                "a backend with a kernel that has run is closed from the launch outwards and from the backend inwards,"
                        + " each part twice, and then opened anew");
    }

    @Override
    Outcome look(Candidate candidate) {
        Example example;
        try (Backend backend = candidate.open()) {
            example = candidate.running(backend).getFirst();
        }
        close(candidate, example, false);
        close(candidate, example, true);
        try (Backend backend = candidate.open()) {
            candidate.mustRun(
                    backend, example, "after all was closed twice", "make close() harmless when it is repeated");
        }
        return new Outcome.Ok("2 orders");
    }

    private static void close(Candidate candidate, Example example, boolean backendFirst) {
        Backend backend = candidate.open();
        candidate.at(example.id());
        Rig rig = Rig.prepare(backend, example, Place.PAGE);
        rig.launch().run();
        Map<String, AutoCloseable> parts = new LinkedHashMap<>();
        parts.put("launch", rig.launch());
        parts.put("kernel", rig.kernel());
        rig.buffers().forEach(buffer -> parts.put("buffer " + parts.size(), buffer));
        parts.put("backend", backend);
        List<Map.Entry<String, AutoCloseable>> order = new ArrayList<>(parts.entrySet());
        String closed = backendFirst ? "after the backend was closed" : "in the order launch, kernel, buffers, backend";
        for (Map.Entry<String, AutoCloseable> part : backendFirst ? order.reversed() : order) {
            for (int time = 1; time <= 2; time++) {
                try {
                    part.getValue().close();
                } catch (Exception e) {
                    throw Found.violation(
                            "closing the " + part.getKey() + (time == 2 ? " a second time" : "") + " " + Thrown.told(e),
                            example.id() + ", closed " + closed,
                            "let close() do nothing where nothing is left to close");
                }
            }
        }
    }
}
