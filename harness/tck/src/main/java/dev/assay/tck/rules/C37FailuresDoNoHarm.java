package dev.assay.tck.rules;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import java.util.Map;
import java.util.Optional;

/// What comes after an exception.
final class C37FailuresDoNoHarm extends RunRule {
    C37FailuresDoNoHarm() {
        super(
                "C37",
                "a bind or a run that fails throws, and leaves the backend usable",
                "one bad call must not spoil those that follow",
                "a kernel is bound without any arguments and run, which must throw; then it is bound rightly, and"
                        + " judged");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            Example example = candidate.running(backend).getFirst();
            String fix = "leave nothing half done when bind() or run() throws";
            candidate.at(example.id());
            try (Kernel kernel = backend.prepare(example.call())) {
                fail(kernel, example);
                try (Rig rig = Rig.bind(backend, kernel, example, example.inputs(0))) {
                    candidate.mustBeRight(backend, example, rig.run(), "after a run had failed", fix);
                } catch (Found e) {
                    throw e;
                } catch (RuntimeException e) {
                    throw Found.violation("after a run had failed, it " + Thrown.told(e), example.id(), fix);
                }
            }
            candidate.mustRun(backend, example, "after a run had failed", fix);
            return new Outcome.Ok("2 kernels");
        }
    }

    private static void fail(Kernel kernel, Example example) {
        try (Launch launch = kernel.bind(new Arguments(Map.of(), Map.of(), Optional.empty()))) {
            launch.run();
        } catch (RuntimeException e) {
            return;
        }
        throw Found.violation(
                "a launch without any arguments runs",
                example.id(),
                "let bind() ask for every input and output by arguments.input(name) and arguments.output(name)");
    }
}
