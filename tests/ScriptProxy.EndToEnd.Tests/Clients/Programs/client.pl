# perl client.pl URL FILE tiny|lwp: asks URL?by=get, posts FILE to URL, prints "module status body" for each.
use strict;
use warnings;

my ($url, $path, $module) = @ARGV;
open(my $file, '<:raw', $path) or die "$path: $!";
my $content = do { local $/; <$file> };
my $type = 'application/octet-stream';

if ($module eq 'tiny') {
    require HTTP::Tiny;
    my $client = HTTP::Tiny->new(verify_SSL => 1);
    show($_->{status}, $_->{content}) for $client->get("$url?by=get"), $client->post($url, { content => $content, headers => { 'content-type' => $type } });
} else {
    require LWP::UserAgent;
    my $client = LWP::UserAgent->new;
    show($_->code, $_->content) for $client->get("$url?by=get"), $client->post($url, 'Content-Type' => $type, Content => $content);
}

sub show { print "$module $_[0] $_[1]\n" }
