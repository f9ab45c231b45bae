# For a tap: `brew install OWNER/TAP/keyfob`.
class Keyfob < Formula
  desc "@summary@"
  homepage "@homepage@"
  version "@version@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@aarch64-apple-darwin.url@"
      sha256 "@aarch64-apple-darwin.sha256@"
    end
    on_intel do
      url "@x86_64-apple-darwin.url@"
      sha256 "@x86_64-apple-darwin.sha256@"
    end
  end

  on_linux do
    on_arm do
      url "@aarch64-unknown-linux-gnu.url@"
      sha256 "@aarch64-unknown-linux-gnu.sha256@"
    end
    on_intel do
      url "@x86_64-unknown-linux-gnu.url@"
      sha256 "@x86_64-unknown-linux-gnu.sha256@"
    end
  end

  def install
    bin.install "bin/keyfob"
    %w[@links@].each { |link| bin.install_symlink "keyfob" => link }
    man1.install Dir["share/man/man1/*"]
    man5.install Dir["share/man/man5/*"]
    bash_completion.install "share/bash-completion/completions/keyfob"
    zsh_completion.install "share/zsh/site-functions/_keyfob"
    fish_completion.install "share/fish/vendor_completions.d/keyfob.fish"
    prefix.install "THIRD-PARTY"
  end

  test do
    assert_match "keyfob #{version} ", shell_output("#{bin}/keyfob --version")
    assert_match "client_credentials", shell_output("#{bin}/keyfob providers")
  end
end
