package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.DeviceInfo;
import java.util.function.DoublePredicate;
import java.util.stream.Stream;

/// The device that is opened.
final class C05OpensADevice extends Rule {
    C05OpensADevice() {
        super(
                "C05",
                "the backend opens, and its device has a model and says the same whenever it is asked",
                "rows name the device, rooflines divide by its peaks, and tensors are placed by its alignment",
                "`device()` is asked twice; no number of it is negative, infinite or NaN");
    }

    @Override
    Outcome look(Candidate candidate) {
        candidate.at("open()");
        try (Backend backend = candidate.provider().open(candidate.options())) {
            candidate.at("device()");
            if (Candidate.isNull(backend)) {
                throw Found.violation("open() answers null", "open()", "answer a backend or throw");
            }
            DeviceInfo device = backend.device();
            if (Candidate.isNull(device)) {
                throw Found.violation("device() answers null", "device()", "answer DeviceInfo.named(model)");
            }
            if (Stream.of(device.model(), device.driver(), device.firmware()).anyMatch(Candidate::isNull)
                    || device.model().isBlank()) {
                throw Found.violation(
                        "model '" + device.model() + "', driver '" + device.driver() + "', firmware '"
                                + device.firmware() + "'",
                        "device()",
                        "name the model; empty text is for what is not known of the others");
            }
            DoublePredicate sane = number -> number >= 0 && number < Double.POSITIVE_INFINITY;
            if (!Stream.concat(
                            Stream.of((double) device.memoryBytes(), device.bandwidthBytesPerSecond(), (double)
                                    device.alignmentBytes()),
                            device.peakFlopsPerSecond().values().stream())
                    .allMatch(sane::test)) {
                throw Found.violation(
                        "a number makes no sense in " + device, "device()", "use 0 for what is not known");
            }
            DeviceInfo again = backend.device();
            if (!device.equals(again)) {
                throw Found.violation(
                        "the device was '" + device.model() + "' and then '" + again.model()
                                + "', or some other of its properties changed",
                        "device()",
                        "ask the device once, in open()");
            }
            return new Outcome.Ok(device.model());
        }
    }
}
