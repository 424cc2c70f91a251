using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Dlgo.Tests")]
