package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.run.Backends;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay new-backend`.
@Command(
        name = "new-backend",
        description = {
            "Writes a small backend that builds, runs one operator and passes the contract tests: something to begin"
                    + " with.",
            "",
            "docs/vendor-guide.md goes on from there."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the folder is written", "2:the name, the language or the folder will not do"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  assay new-backend acme --language c",
            "  assay new-backend acme-npu --language python -o backends/npu"
        })
final class NewBackendCommand implements Callable<Integer> {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

    @Parameters(
            paramLabel = "NAME",
            description = "Of the backend: lower case letters, digits and hyphens, such as acme-npu.")
    private String name = "";

    @Option(
            names = {"-l", "--language"},
            paramLabel = "c|python|java",
            required = true,
            description = "c: a library behind a C interface, in a process of its own. python: a program that is"
                    + " handed numpy arrays. java: a jar.")
    private String language = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "The folder to make, which must not be there yet. Default: the name.")
    private @Nullable Path output;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ProjectTemplate template = ProjectTemplate.of(language, "--language " + language);
        checkName(template);
        Path folder = output == null ? Path.of(name) : output;
        PrintWriter out = spec.commandLine().getOut();
        template.write(name, folder).forEach(out::println);
        out.println();
        out.println("Next: cd " + folder + " && " + template.firstCommand() + "; README.md there says how to go on");
        return Exit.OK;
    }

    private void checkName(ProjectTemplate template) {
        String where = "new-backend " + name;
        if (!NAME.matcher(name).matches()) {
            throw new HarnessException(
                    "'" + name + "' is no name of a backend",
                    where,
                    "begin with a lower case letter and go on with lower case letters, digits and single hyphens:"
                            + " acme, acme-npu2");
        }
        SortedSet<String> installed = new TreeSet<>(new Backends().all().keySet());
        if (installed.contains(name)) {
            throw new HarnessException(
                    "a backend '" + name + "' is installed already",
                    where,
                    "choose a name other than those of " + installed);
        }
        if (template.isJava() && SourceVersion.isKeyword(name)) {
            throw new HarnessException(
                    "'" + name + "' is a word of Java and can name no package", where, "choose another name");
        }
    }
}
