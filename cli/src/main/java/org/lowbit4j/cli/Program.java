package org.lowbit4j.cli;

import java.io.PrintWriter;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The commands, their arguments and what becomes of errors. */
@Command(
    name = "lowbit4j",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Program.Version.class,
    usageHelpAutoWidth = true,
    description =
        "Optimizer state of Deeplearning4j networks: what is in files, and what to do with it.",
    synopsisSubcommandLabel = "COMMAND")
final class Program {

  /** As the jar has it. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Program.class.getPackage().getImplementationVersion();
      return new String[] {"lowbit4j " + (version == null ? "(not from a jar)" : version)};
    }
  }

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print stack traces of errors, to be sent with a bug report.")
  private boolean debug;

  private Program() {}

  /** Runs a command; returns its exit status. */
  static int run(String... args) {
    if (args.length > 0 && args[0].equals("doctor")) {
      DoctorCommand.logIntoReport();
    }
    loadAhead();
    try {
      return commandLine().execute(args);
    } catch (OutOfMemoryError e) {
      System.err.println(
          "lowbit4j: the Java heap is too small; give it more: java -Xmx8g -jar lowbit4j.jar ...");
      return Failure.NOT_READABLE;
    }
  }

  /** Most of a command's start is DL4J's JSON classes, which another core can load meanwhile. */
  private static void loadAhead() {
    Thread loader = new Thread(() -> MultiLayerConfiguration.fromJson("{}"));
    loader.setDaemon(true);
    loader.setUncaughtExceptionHandler((thread, e) -> {}); // the command says it
    loader.start();
  }

  static CommandLine commandLine() {
    Program program = new Program();
    CommandLine line = new CommandLine(program);
    for (Object command :
        new Object[] {
          new InspectCommand(),
          new VerifyCommand(),
          new ConvertCommand(),
          new StripCommand(),
          new DoctorCommand(),
          new GenerateCompletion(),
          new HelpCommand()
        }) {
      line.addSubcommand(command);
    }
    line.getSubcommands()
        .values()
        .forEach(
            command ->
                command
                    .getCommandSpec()
                    .usageMessage()
                    .parameterListHeading("%n")
                    .optionListHeading("%nOptions:%n"));
    line.getCommandSpec()
        .usageMessage()
        .optionListHeading("%nOptions:%n")
        .commandListHeading("%nCommands:%n")
        .footer(
            "",
            "lowbit4j COMMAND --help tells more, with examples.",
            "For completion in bash and zsh: source <(lowbit4j generate-completion)");
    line.setParameterExceptionHandler(Program::usage);
    line.setExecutionExceptionHandler(
        (e, command, result) -> {
          Failure failure = e instanceof Failure ? (Failure) e : unexpected(e);
          report(command, failure);
          return failure.status();
        });
    return line;
  }

  private static Failure unexpected(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return new Failure(
        message.lines().findFirst().orElse(message) + " (" + e.getClass().getSimpleName() + ")", e);
  }

  private static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String message = e.getMessage().replace("\n", " ");
    String end = message.endsWith(".") ? " See " : ". See ";
    print(command.getErr(), message + end + name + " --help.");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /** One line; with --debug where it comes from. */
  static void report(CommandLine command, Failure failure) {
    PrintWriter err = command.getErr();
    print(err, failure.getMessage());
    Program program = (Program) root(command).getCommand();
    if (program.debug) {
      failure.printStackTrace(err);
    }
    err.flush();
  }

  private static CommandLine root(CommandLine command) {
    return command.getParent() == null ? command : root(command.getParent());
  }

  private static void print(PrintWriter err, String message) {
    err.println(Output.red("lowbit4j: ") + message);
  }
}
