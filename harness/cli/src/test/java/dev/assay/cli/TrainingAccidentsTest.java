package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.Call;
import dev.assay.backend.ForwardingBackend;
import dev.assay.backend.ForwardingKernel;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.engine.run.Backends;
import dev.assay.engine.training.ParityFinding;
import dev.assay.engine.training.ParityFinding.Kind;
import dev.assay.engine.training.ParityRun;
import dev.assay.engine.training.TrainingPlan;
import dev.assay.engine.training.TrainingReply;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What may happen in a training beside a wrong number: values that are none, calls that throw, are
/// refused, or differ when they are made again. Each is planted behind a right backend.
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // for twins that nobody wakes
class TrainingAccidentsTest {
    private static final TrainingPlan PLAN =
            TrainingPlan.standard(DType.F32, 5, 7).withLayers(1);

    /// What happens after a launch; those of a kernel are counted from 1.
    private interface Accident {
        void after(Call call, int launch, Arguments arguments);
    }

    /// A right backend, but for one operator.
    private static final class Unlucky extends ForwardingBackend {
        private final Accident accident;
        private final String refused;

        Unlucky(Backend right, Accident accident, String refused) {
            super(right);
            this.accident = accident;
            this.refused = refused;
        }

        @Override
        public Support supports(Call call) {
            return call.operator().equals(refused) ? Support.no("not yet") : super.supports(call);
        }

        @Override
        public Kernel prepare(Call call) {
            int[] launches = {0};
            return new ForwardingKernel(super.prepare(call)) {
                @Override
                protected void run(Launch launch, Arguments arguments) {
                    super.run(launch, arguments);
                    accident.after(call, ++launches[0], arguments);
                }
            };
        }
    }

    private static Backend unlucky(Accident accident, String refused) {
        return new Unlucky(
                Objects.requireNonNull(new Backends().standing().get("cpu")).open(BackendOptions.NONE),
                accident,
                refused);
    }

    private static void write(double value, Arguments arguments) {
        Argument output = arguments.outputs().values().iterator().next();
        output.tensor().set(5, value);
    }

    private static List<ParityFinding> findings(Accident accident) {
        try (Backend backend = unlucky(accident, "");
                ParityRun run = new ParityRun(backend, PLAN, false)) {
            List<ParityFinding> all = new ArrayList<>();
            TrainingReply reply;
            do {
                reply = run.advance(4);
                all.addAll(reply.findings());
            } while (!reply.ended());
            assertTrue(run.advance(1).steps().isEmpty(), "it has ended");
            return all;
        }
    }

    private static ParityFinding only(Accident accident) {
        List<ParityFinding> all = findings(accident);
        assertEquals(1, all.size(), all::toString);
        return all.getFirst();
    }

    @Test
    void nothingHappens() {
        assertEquals(List.of(), findings((call, launch, arguments) -> {}));
    }

    /// A step has two parts, so the third launch of what each part does is in the second step, which is not judged.
    @Test
    void theFirstCallWithoutANumberIsNamed() {
        ParityFinding found = only((call, launch, arguments) -> {
            if (call.operator().equals("embedding") && launch == 3) {
                write(Double.POSITIVE_INFINITY, arguments);
            }
        });
        assertEquals(Kind.DIVERGED, found.kind());
        assertEquals("embedding", found.operator());
        assertEquals(2, found.step());
        assertTrue(found.what().contains("in step 2; its output"), found.what());
        assertTrue(found.what().endsWith("is Infinity at element 5"), found.what());
    }

    @Test
    void whatDivergesOnlyOnceIsSaidToDiffer() {
        boolean[] before = {false};
        ParityFinding found = only((call, launch, arguments) -> {
            if (call.operator().equals("embedding") && launch == 3 && !before[0]) {
                before[0] = true;
                write(Double.POSITIVE_INFINITY, arguments);
            }
        });
        assertEquals(Kind.DIVERGED, found.kind());
        assertTrue(found.what().endsWith("results differ from run to run"), found.what());
    }

    @Test
    void whatThrowsIsNamed() {
        ParityFinding found = only((call, launch, arguments) -> {
            if (call.operator().equals("swiglu") && launch == 3) {
                throw new IllegalStateException("the device is lost");
            }
        });
        assertEquals(Kind.ERROR, found.kind());
        assertEquals("swiglu", found.operator());
        assertEquals(2, found.step());
        assertTrue(found.what().contains("the device is lost"), found.what());
    }

    /// The third step is judged, and what is wrong there is looked for from the beginning.
    @Test
    void whatWasFoundIsToldAlthoughTrainingAgainThrows() {
        boolean[] before = {false};
        ParityFinding found = findings((call, launch, arguments) -> {
                    if (call.operator().equals("embedding") && launch == 5) {
                        before[0] = true;
                        write(1, arguments);
                    } else if (before[0] && call.operator().equals("embedding") && launch == 3) {
                        throw new IllegalStateException("the device is lost");
                    }
                })
                .getFirst();
        assertEquals(Kind.OPERATOR, found.kind());
        assertEquals("embedding", found.operator());
        assertEquals(3, found.step());
        assertTrue(found.what().contains("; trained again, it ended: step 2, "), found.what());
        assertTrue(found.what().endsWith("the device is lost"), found.what());
    }

    @Test
    void whatIsRefusedIsNamedOnce() {
        try (Backend backend = unlucky((call, launch, arguments) -> {}, "grad_accumulate")) {
            List<ParityFinding> refused = ParityRun.refused(backend, PLAN);
            assertEquals(1, refused.size(), refused::toString);
            assertEquals("grad_accumulate", refused.getFirst().operator());
            assertEquals(Kind.UNSUPPORTED, refused.getFirst().kind());
            assertEquals("not yet", refused.getFirst().what());
        }
    }
}
