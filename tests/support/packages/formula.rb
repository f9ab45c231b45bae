# Loads a formula as far as Homebrew would, for this system, and runs its `install` in the working
# folder: formula.rb FORMULA PREFIX. Prints the address and the sum that it chose, as JSON.
require "fileutils"
require "json"
require "pathname"

class Place
  def initialize(path)
    @path = Pathname.new(path)
  end

  def install(*files)
    files.flatten.each do |file|
      file, name = file.is_a?(Hash) ? file.first : [file, File.basename(file)]
      raise "#{file} is not there" unless File.exist?(file)

      FileUtils.mkdir_p(@path)
      FileUtils.cp(file, @path / name)
    end
  end

  def install_symlink(links)
    links.each { |target, name| FileUtils.ln_s(target, @path / name) }
  end

  def to_s = @path.to_s
end

class Formula
  PREFIX = ARGV[1]
  ARM = RUBY_PLATFORM.match?(/arm|aarch64/)
  MAC = RUBY_PLATFORM.include?("darwin")

  class << self
    attr_reader :told

    %i[desc homepage version license url sha256].each do |word|
      define_method(word) { |value| (@told ||= {})[word] = value }
    end

    def on_macos = MAC && yield
    def on_linux = !MAC && yield
    def on_arm = ARM && yield
    def on_intel = !ARM && yield
    def test = nil
  end

  def prefix = Place.new(PREFIX)
  def bin = Place.new("#{PREFIX}/bin")
  def man1 = Place.new("#{PREFIX}/share/man/man1")
  def man5 = Place.new("#{PREFIX}/share/man/man5")
  def bash_completion = Place.new("#{PREFIX}/etc/bash_completion.d")
  def zsh_completion = Place.new("#{PREFIX}/share/zsh/site-functions")
  def fish_completion = Place.new("#{PREFIX}/share/fish/vendor_completions.d")
end

load ARGV[0]
raise "desc is too long" if Keyfob.told[:desc].length > 80

Keyfob.new.install
puts JSON.generate(url: Keyfob.told[:url], sha256: Keyfob.told[:sha256])
