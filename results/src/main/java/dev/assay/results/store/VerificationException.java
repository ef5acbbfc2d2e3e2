package dev.assay.results.store;

import dev.assay.HarnessException;
import java.util.stream.Collectors;

/// Results that were needed are not sound.
public final class VerificationException extends HarnessException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 5;

    VerificationException(Verified found) {
        super(
                found.folder() + " is not sound: "
                        + found.problems().stream()
                                .limit(SHOWN)
                                .map(Problem::toString)
                                .collect(Collectors.joining("; "))
                        + (found.count() > SHOWN ? "; " + (found.count() - SHOWN) + " more" : ""),
                found.folder().toString(),
                "`assay results verify " + found.folder() + "` lists all that is wrong");
    }
}
