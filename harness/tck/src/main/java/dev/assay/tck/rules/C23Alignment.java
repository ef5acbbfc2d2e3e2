package dev.assay.tck.rules;

import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;
import dev.assay.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// Where tensors start.
final class C23Alignment extends RunRule {
    C23Alignment() {
        super(
                "C23",
                "a tensor may start at any multiple of the alignment that the device declares",
                "views start where they start; a kernel that needs more must say so in `device()`",
                "every tensor and the workspace start at an odd multiple of the alignment");
    }

    @Override
    Outcome look(Candidate candidate) {
        return candidate.each((backend, example) -> {
            String fix = "declare the alignment that is needed in device(), or read what is not aligned";
            try (Rig rig = Rig.prepare(backend, example, Place.ODD)) {
                rig.arm(Garbage.NAN, Garbage.ZERO);
                Map<String, Tensor> outputs = rig.run();
                Optional<String> wrong = example.wrong(backend.contract(example.call()), example.inputs(0), outputs);
                String alignment = "at an odd multiple of " + backend.device().alignment(example.dtype()) + " bytes";
                return wrong.map(
                        what -> Found.violation(alignment + ", the result is wrong: " + what, example.id(), fix));
            } catch (RuntimeException e) {
                throw Found.violation("at an odd multiple of the alignment, it " + Thrown.told(e), example.id(), fix);
            }
        });
    }
}
