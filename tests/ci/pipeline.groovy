// Runs `withKeyfob` in a Groovy of its own, with the steps of Jenkins' Pipeline that it uses: sh, withEnv, libraryResource, error. What a shell prints
// goes to the log, standard output here, unless it is returned; `sh` is `sh -xe` unless the script names its interpreter.
//
//     pipeline.groovy STEP OPTIONS BODY    OPTIONS in Groovy, BODY a shell script

abstract class Steps extends Script {
    static Map<String, String> variables = [:]
    static File library

    def sh(String script) { sh(script: script) }

    def sh(Map options) {
        def unknown = options.keySet() - ['label', 'script', 'returnStdout', 'returnStatus']
        assert !unknown
        File file = File.createTempFile('script', '')
        file.text = options.script
        file.setExecutable(true)
        List<String> words = options.script.startsWith('#!') ? [file.path] : ['sh', '-xe', file.path]
        ProcessBuilder builder = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT)
        builder.environment().putAll(variables)
        Process process = builder.start()
        process.outputStream.close()
        String printed = process.inputStream.text
        int status = process.waitFor()
        file.delete()
        if (!options.returnStdout) { print(printed) }
        if (options.returnStatus) { return status }
        if (status != 0) { throw new RuntimeException("script returned exit code ${status}") }
        options.returnStdout ? printed : null
    }

    def withEnv(List<String> pairs, Closure body) {
        Map<String, String> before = variables.clone()
        pairs.each { String pair ->
            int equals = pair.indexOf('=')
            String name = pair.substring(0, equals)
            String value = pair.substring(equals + 1)
            // `PATH+ANYTHING` goes before what there is.
            if (name.startsWith('PATH+')) {
                name = 'PATH'
                value += ':' + (variables.PATH ?: System.getenv('PATH'))
            }
            variables[name] = value
        }
        try { body() } finally { variables = before }
    }

    def libraryResource(String name) { new File(library, "resources/${name}").text }

    def error(String why) { throw new RuntimeException(why) }
}

def configuration = new org.codehaus.groovy.control.CompilerConfiguration(scriptBaseClass: Steps.name)
def shell = new GroovyShell(this.class.classLoader, new Binding(), configuration)
def step = shell.parse(new File(args[0]))
Steps.library = new File(args[0]).absoluteFile.parentFile.parentFile
def options = shell.evaluate(args[1])
try {
    step.call(options) { step.sh(args[2]) }
} catch (RuntimeException failure) {
    System.err.println("the build failed: ${failure.message}")
    System.exit(1)
}
